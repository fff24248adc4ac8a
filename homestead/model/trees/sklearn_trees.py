"""Trees of scikit-learn's forests and histogram gradient boosting as arrays.

What this module reads of scikit-learn's private attributes is asserted in
``tests/contracts/test_sklearn.py``.
"""

from typing import Any

import numpy as np

from homestead.model.explanation_data import TreeArrays
from homestead.model.trees.builder import EnsembleBuilder
from homestead.model.trees.inputs import TreeInputs


def from_forest(model: Any, targets: int, inputs: TreeInputs) -> TreeArrays:
    """Return the trees of a random forest, leaves divided by their number; one tree per class.

    Args:
        model: a fitted ``RandomForestRegressor`` or ``RandomForestClassifier``.
        targets: number of classes; 1 for a regression.
    """
    builder = EnsembleBuilder()
    count = len(model.estimators_)
    for estimator in model.estimators_:
        tree = estimator.tree_
        for target in range(targets):
            builder.add_tree(
                feature=np.array([inputs.number(column) for column in tree.feature]),
                threshold=tree.threshold,
                left=tree.children_left,
                right=tree.children_right,
                missing_left=tree.missing_go_to_left,
                is_leaf=tree.children_left < 0,
                value=tree.value[:, 0, target] / count,
                cover=tree.weighted_n_node_samples,
                target=target,
            )
    # scikit-learn's forests compare the float32 value with a float64 threshold.
    return builder.arrays(np.zeros(targets), float32_inputs=True, tables=inputs.tables)


def from_boosting(model: Any, inputs: TreeInputs) -> TreeArrays:
    """Return the trees of a histogram gradient boosting; leaves include the learning rate.

    Args:
        model: a fitted ``HistGradientBoostingRegressor`` or ``HistGradientBoostingClassifier``.
        inputs: of the trees.
    """
    builder = EnsembleBuilder()
    columns, categories = _columns(model)
    for iteration in model._predictors:
        for target, predictor in enumerate(iteration):
            nodes = predictor.nodes
            feature = np.array([inputs.number(columns[column]) for column in nodes["feature_idx"]])
            sets = {
                int(node): _left_categories(
                    categories[nodes["feature_idx"][node]],
                    predictor.raw_left_cat_bitsets[nodes["bitset_idx"][node]],
                    inputs.levels[int(feature[node])] if nodes["missing_go_to_left"][node] else 0,
                )
                for node in np.flatnonzero(nodes["is_categorical"])
            }
            builder.add_tree(
                feature=feature,
                threshold=nodes["num_threshold"],
                left=nodes["left"],
                right=nodes["right"],
                missing_left=nodes["missing_go_to_left"],
                is_leaf=nodes["is_leaf"].astype(bool),
                value=nodes["value"],
                cover=nodes["count"],
                target=target,
                category_sets=sets,
            )
    start = np.ravel(model._baseline_prediction).astype(float)
    return builder.arrays(start, float32_inputs=False, tables=inputs.tables)


def _columns(model: Any) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the estimator's columns as the trees number them, and the codes that each has.

    Columns with categories come first, and trees compare the positions of codes among those that
    the training rows had, in ascending order.
    """
    if model._preprocessor is None:
        return np.arange(model.n_features_in_), []
    is_category = model.is_categorical_
    order = np.concatenate([np.flatnonzero(is_category), np.flatnonzero(~is_category)])
    encoder = model._preprocessor.named_transformers_["encoder"]
    return order, [codes[~np.isnan(codes)].astype(int) for codes in encoder.categories_]


def _left_categories(known: np.ndarray, bits: np.ndarray, levels: int) -> tuple[int, ...]:
    """Return the codes that go left, in ascending order.

    Args:
        known: the codes that the training rows had.
        bits: (8,) uint32, the positions among them that go left.
        levels: number of categories if those that the training rows did not have go left, as
            missing values do; else 0.
    """
    to_left = np.unpackbits(bits.view(np.uint8), bitorder="little")[: len(known)].astype(bool)
    unknown = np.setdiff1d(np.arange(levels), known)
    return tuple(sorted([*known[to_left].tolist(), *unknown.tolist()]))
