"""Trees as arrays: numbering of children, targets, covers, and trees without a split."""

import numpy as np
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from homestead.model.explanation_data import TreeArrays
from homestead.model.trees.inputs import TreeInputs
from homestead.model.trees.sklearn_trees import from_boosting, from_forest

PLAIN = TreeInputs.plain({})
DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(200, 3))
X[::5, 1] = np.nan
Y = np.nan_to_num(X[:, 1]) + X[:, 0]
CLASSES = np.digitize(Y, [-0.5, 0.5])


def scores(trees: TreeArrays, x: np.ndarray) -> np.ndarray:
    """Return a row's scores, (targets,), by the description in TreeArrays."""
    if trees.float32_inputs:
        x = x.astype(np.float32).astype(float)
    totals = trees.start.copy()
    for node in trees.roots:
        while node >= 0:
            value = x[trees.feature[node]]
            go_left = (
                trees.missing_left[node] if np.isnan(value) else value <= trees.threshold[node]
            )
            node = trees.left[node] if go_left else trees.right[node]  # noqa: PLW2901
        totals[trees.leaf_target[~node]] += trees.leaf_weight[~node]
    return totals


def test_forests_give_their_predictions() -> None:
    regression = RandomForestRegressor(n_estimators=4, random_state=0).fit(X, Y)
    trees = from_forest(regression, 1, PLAIN)
    totals = [scores(trees, x)[0] for x in X]
    np.testing.assert_allclose(totals, regression.predict(X), rtol=1e-12)
    classifier = RandomForestClassifier(n_estimators=4, random_state=0).fit(X, CLASSES)
    trees = from_forest(classifier, 3, PLAIN)
    assert len(trees.roots) == 12
    probabilities = [scores(trees, x) for x in X]
    np.testing.assert_allclose(probabilities, classifier.predict_proba(X), rtol=1e-12, atol=1e-15)


def test_boosting_gives_its_raw_scores() -> None:
    regression = HistGradientBoostingRegressor(max_iter=5).fit(X, Y)
    trees = from_boosting(regression, PLAIN)
    totals = [scores(trees, x)[0] for x in X]
    np.testing.assert_allclose(totals, regression.predict(X), rtol=1e-12)
    classifier = HistGradientBoostingClassifier(max_iter=5).fit(X, CLASSES)
    totals = [scores(from_boosting(classifier, PLAIN), x) for x in X]
    np.testing.assert_allclose(totals, classifier.decision_function(X), rtol=1e-12)


def test_each_trees_covers_add_up_to_the_rows() -> None:
    trees = from_boosting(HistGradientBoostingRegressor(max_iter=3).fit(X, Y), PLAIN)
    assert trees.leaf_cover.sum() == 3 * len(X)
    assert trees.leaf_cover.min() >= 20


def test_a_tree_without_a_split_hangs_its_leaf_on_both_sides_of_a_node() -> None:
    forest = RandomForestRegressor(n_estimators=2, min_samples_leaf=len(X)).fit(X, Y)
    trees = from_forest(forest, 1, PLAIN)
    assert trees.left.tolist() == trees.right.tolist() == [-1, -2]
    assert trees.roots.tolist() == [0, 1]
    np.testing.assert_allclose(scores(trees, X[0]), forest.predict(X[:1]))
