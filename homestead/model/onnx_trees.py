"""Fitted trees as one ai.onnx.ml ``TreeEnsemble`` (opset 5) in double precision.

What this module reads of scikit-learn's private attributes is asserted in
``tests/contracts/test_sklearn.py``.
"""

from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper

from homestead.model.explanation_data import TreeArrays

_LESS_OR_EQUAL = 0
_SUM = 1


class _EnsembleBuilder:
    """Trees as they are added; children are numbered as in :class:`TreeArrays`."""

    def __init__(self) -> None:
        self.feature: list[int] = []
        self.threshold: list[float] = []
        self.missing_left: list[int] = []
        self.left: list[int] = []
        self.right: list[int] = []
        self.roots: list[int] = []
        self.leaf_weight: list[float] = []
        self.leaf_target: list[int] = []
        self.leaf_cover: list[float] = []

    def add_tree(
        self,
        *,
        feature: np.ndarray,
        threshold: np.ndarray,
        left: np.ndarray,
        right: np.ndarray,
        missing_left: np.ndarray,
        is_leaf: np.ndarray,
        value: np.ndarray,
        cover: np.ndarray,
        target: int,
    ) -> None:
        """Add a tree whose node 0 is the root; arrays have shape (nodes,)."""
        inner = np.flatnonzero(~is_leaf)
        first = len(self.feature)
        self.roots.append(first)
        if not len(inner):
            # The operator's roots are inner nodes: a tree of one leaf gets it on both sides of one.
            only_leaf = self._add_leaf(value[0], target, cover[0])
            self._add_node(0, 0.0, 0, only_leaf, only_leaf)
            return
        number = {int(node): first + i for i, node in enumerate(inner)}
        for node in np.flatnonzero(is_leaf):
            number[int(node)] = self._add_leaf(value[node], target, cover[node])
        for node in inner:
            self._add_node(
                int(feature[node]),
                float(threshold[node]),
                int(missing_left[node]),
                number[int(left[node])],
                number[int(right[node])],
            )

    def arrays(self, start: np.ndarray, float32_inputs: bool) -> TreeArrays:
        """Return the trees that were added."""
        return TreeArrays(
            feature=np.array(self.feature, np.int32),
            threshold=np.array(self.threshold, np.float64),
            missing_left=np.array(self.missing_left, np.bool_),
            left=np.array(self.left, np.int32),
            right=np.array(self.right, np.int32),
            roots=np.array(self.roots, np.int32),
            leaf_weight=np.array(self.leaf_weight, np.float64),
            leaf_target=np.array(self.leaf_target, np.int32),
            leaf_cover=np.array(self.leaf_cover, np.float64),
            start=start,
            float32_inputs=float32_inputs,
        )

    def _add_leaf(self, weight: float, target: int, cover: float) -> int:
        self.leaf_weight.append(float(weight))
        self.leaf_target.append(target)
        self.leaf_cover.append(float(cover))
        return ~(len(self.leaf_weight) - 1)

    def _add_node(
        self, feature: int, threshold: float, missing_left: int, left: int, right: int
    ) -> None:
        self.feature.append(feature)
        self.threshold.append(threshold)
        self.missing_left.append(missing_left)
        self.left.append(left)
        self.right.append(right)


def from_forest(model: Any, targets: int) -> TreeArrays:
    """Return the trees of a random forest, leaves divided by their number; one tree per class.

    Args:
        model: a fitted ``RandomForestRegressor`` or ``RandomForestClassifier``.
        targets: number of classes; 1 for a regression.
    """
    builder = _EnsembleBuilder()
    count = len(model.estimators_)
    for estimator in model.estimators_:
        tree = estimator.tree_
        for target in range(targets):
            builder.add_tree(
                feature=tree.feature,
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
    return builder.arrays(np.zeros(targets), float32_inputs=True)


def from_boosting(model: Any) -> TreeArrays:
    """Return the trees of a histogram gradient boosting; leaves include the learning rate.

    Args:
        model: a fitted ``HistGradientBoostingRegressor`` or ``HistGradientBoostingClassifier``.

    Raises:
        ValueError: a tree splits on a set of categories.
    """
    builder = _EnsembleBuilder()
    for iteration in model._predictors:
        for target, predictor in enumerate(iteration):
            nodes = predictor.nodes
            if nodes["is_categorical"].any():
                raise ValueError("native categorical splits are not exported")
            builder.add_tree(
                feature=nodes["feature_idx"],
                threshold=nodes["num_threshold"],
                left=nodes["left"],
                right=nodes["right"],
                missing_left=nodes["missing_go_to_left"],
                is_leaf=nodes["is_leaf"].astype(bool),
                value=nodes["value"],
                cover=nodes["count"],
                target=target,
            )
    return builder.arrays(np.ravel(model._baseline_prediction).astype(float), float32_inputs=False)


def tree_ensemble_node(trees: TreeArrays, source: str, result: str) -> NodeProto:
    """Return the operator: input (rows, features) double, output (rows, targets) double sums.

    Args:
        source: name of the input.
        result: name of the output.
    """

    def doubles(values: np.ndarray) -> TensorProto:
        return helper.make_tensor("", TensorProto.DOUBLE, [len(values)], values.tolist())

    nodes = len(trees.feature)
    return helper.make_node(
        "TreeEnsemble",
        [source],
        [result],
        domain="ai.onnx.ml",
        aggregate_function=_SUM,
        post_transform=0,
        n_targets=len(trees.start),
        nodes_featureids=trees.feature.tolist(),
        nodes_splits=doubles(trees.threshold),
        nodes_modes=helper.make_tensor("", TensorProto.UINT8, [nodes], [_LESS_OR_EQUAL] * nodes),
        nodes_missing_value_tracks_true=trees.missing_left.astype(int).tolist(),
        nodes_trueleafs=(trees.left < 0).astype(int).tolist(),
        nodes_truenodeids=_numbers(trees.left),
        nodes_falseleafs=(trees.right < 0).astype(int).tolist(),
        nodes_falsenodeids=_numbers(trees.right),
        tree_roots=trees.roots.tolist(),
        leaf_weights=doubles(trees.leaf_weight),
        leaf_targetids=trees.leaf_target.tolist(),
    )


def _numbers(children: np.ndarray) -> list[int]:
    return [int(child) for child in np.where(children < 0, ~children, children)]
