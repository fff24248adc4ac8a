"""Trees on categories: means of the target that a row's own target does not enter."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from homestead.model.category_trees import CategoryTrees

DRAW = np.random.default_rng(0)
ROWS = 400
NOISE = DRAW.normal(size=ROWS)
# Each category has two rows.
PAIRS = np.column_stack([np.zeros(ROWS), np.arange(ROWS) // 2]).astype(float)


def test_trees_cannot_read_a_row_s_own_target_off_a_rare_category() -> None:
    forest = RandomForestRegressor(n_estimators=20, min_samples_leaf=5, random_state=0)
    fitted = CategoryTrees(forest, target=(1,)).fit(PAIRS, NOISE)
    within = np.corrcoef(fitted.predict(PAIRS), NOISE)[0, 1]
    leaky = fitted.encodings(1, PAIRS[:, 1])
    naive = RandomForestRegressor(n_estimators=20, min_samples_leaf=5, random_state=0)
    assert naive.fit(leaky, NOISE).score(leaky, NOISE) > 0.3
    assert within < 0.4


def test_a_category_of_many_rows_becomes_its_mean_and_an_unknown_one_that_of_all() -> None:
    codes = np.repeat([0.0, 1.0], 200)
    y = np.where(codes == 1, 5.0, 1.0) + NOISE / 100
    X = np.column_stack([codes, NOISE])
    fitted = CategoryTrees(RandomForestRegressor(n_estimators=2), target=(0,)).fit(X, y)
    means = fitted.encodings(0, np.array([0.0, 1.0, 2.0, np.nan]))
    np.testing.assert_allclose(means[:, 0], [1, 5, y.mean(), y.mean()], atol=0.01)


def test_a_missing_category_of_the_training_rows_has_a_mean_of_its_own() -> None:
    X = np.column_stack([np.where(np.arange(ROWS) % 2, np.nan, 0.0), NOISE])
    y = np.arange(ROWS) % 2 * 3.0
    fitted = CategoryTrees(RandomForestRegressor(n_estimators=2), target=(0,)).fit(X, y)
    np.testing.assert_allclose(fitted.encodings(0, np.array([np.nan])), [[3.0]], atol=0.01)


@pytest.mark.parametrize(("classes", "columns"), [(2, 1), (3, 3)])
def test_more_than_two_classes_have_a_share_each(classes: int, columns: int) -> None:
    y = np.arange(ROWS) % classes
    X = np.column_stack([y, NOISE]).astype(float)
    forest = RandomForestClassifier(n_estimators=5, random_state=0)
    fitted = CategoryTrees(forest, target=(0,)).fit(X, y)
    assert fitted.encodings(0, X[:4, 0]).shape == (4, columns)
    assert fitted.predict_proba(X)[np.arange(ROWS), y].min() > 0.5
    assert fitted.classes_.tolist() == list(range(classes))


def test_a_class_with_fewer_rows_than_folds_is_fitted_too() -> None:
    y = (np.arange(ROWS) < 2).astype(int)
    forest = RandomForestClassifier(n_estimators=3, random_state=0)
    fitted = CategoryTrees(forest, target=(1,)).fit(PAIRS, y)
    assert fitted.predict_proba(PAIRS).shape == (ROWS, 2)


def test_the_same_seed_gives_the_same_folds() -> None:
    fits = [
        CategoryTrees(RandomForestRegressor(n_estimators=3, random_state=1), (1,), seed=seed)
        .fit(PAIRS, NOISE)
        .predict(PAIRS)
        for seed in (0, 0, 1)
    ]
    assert np.array_equal(fits[0], fits[1])
    assert not np.array_equal(fits[0], fits[2])
