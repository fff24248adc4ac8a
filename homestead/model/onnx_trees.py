"""Fitted trees as one ai.onnx.ml ``TreeEnsemble`` (opset 5) in double precision."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper

_LESS_OR_EQUAL = 0
_SUM = 1


@dataclass
class Ensemble:
    """Trees in the operator's flat form; leaves and inner nodes are numbered apart.

    Attributes:
        cover: training rows in each leaf. The operator has no place for it.
    """

    feature: list[int] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)
    nan_left: list[int] = field(default_factory=list)
    left: list[tuple[int, int]] = field(default_factory=list)  # (is leaf, number)
    right: list[tuple[int, int]] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)
    weight: list[float] = field(default_factory=list)
    target: list[int] = field(default_factory=list)
    cover: list[float] = field(default_factory=list)

    def leaf(self, weight: float, target: int, cover: float) -> tuple[int, int]:
        """Add a leaf."""
        self.weight.append(float(weight))
        self.target.append(target)
        self.cover.append(float(cover))
        return 1, len(self.weight) - 1

    def add_tree(
        self,
        feature: np.ndarray,
        threshold: np.ndarray,
        children: tuple[np.ndarray, np.ndarray],
        nan_left: np.ndarray,
        is_leaf: np.ndarray,
        leaf_values: np.ndarray,
        cover: np.ndarray,
        target: int,
    ) -> None:
        """Add a tree whose node 0 is the root; arrays have shape (nodes,)."""
        inner = np.flatnonzero(~is_leaf)
        if not len(inner):
            # The operator's roots are inner nodes: a lone leaf hangs on both sides of one.
            lone = self.leaf(leaf_values[0], target, cover[0])
            self._node(0, 0.0, 0, lone, lone)
            self.roots.append(len(self.feature) - 1)
            return
        start = len(self.feature)
        place = {int(node): (0, start + i) for i, node in enumerate(inner)}
        for node in np.flatnonzero(is_leaf):
            place[int(node)] = self.leaf(leaf_values[node], target, cover[node])
        left, right = children
        for node in inner:
            sides = place[int(left[node])], place[int(right[node])]
            self._node(int(feature[node]), float(threshold[node]), int(nan_left[node]), *sides)
        self.roots.append(place[0][1])

    def _node(
        self,
        feature: int,
        threshold: float,
        nan_left: int,
        left: tuple[int, int],
        right: tuple[int, int],
    ) -> None:
        self.feature.append(feature)
        self.threshold.append(threshold)
        self.nan_left.append(nan_left)
        self.left.append(left)
        self.right.append(right)

    def node(self, source: str, result: str, targets: int) -> NodeProto:
        """The operator: input (rows, features) double, output (rows, targets) double sums."""

        def doubles(values: list[float]) -> TensorProto:
            return helper.make_tensor("", TensorProto.DOUBLE, [len(values)], values)

        nodes = len(self.feature)
        return helper.make_node(
            "TreeEnsemble",
            [source],
            [result],
            domain="ai.onnx.ml",
            aggregate_function=_SUM,
            post_transform=0,
            n_targets=targets,
            nodes_featureids=self.feature,
            nodes_splits=doubles(self.threshold),
            nodes_modes=helper.make_tensor(
                "", TensorProto.UINT8, [nodes], [_LESS_OR_EQUAL] * nodes
            ),
            nodes_missing_value_tracks_true=self.nan_left,
            nodes_trueleafs=[side[0] for side in self.left],
            nodes_truenodeids=[side[1] for side in self.left],
            nodes_falseleafs=[side[0] for side in self.right],
            nodes_falsenodeids=[side[1] for side in self.right],
            tree_roots=self.roots,
            leaf_weights=doubles(self.weight),
            leaf_targetids=self.target,
        )


def from_forest(model: Any, targets: int) -> Ensemble:
    """A random forest's trees, each leaf divided by their number; one tree a class."""
    ensemble = Ensemble()
    count = len(model.estimators_)
    for estimator in model.estimators_:
        tree = estimator.tree_
        for target in range(targets):
            ensemble.add_tree(
                tree.feature,
                tree.threshold,
                (tree.children_left, tree.children_right),
                tree.missing_go_to_left,
                tree.children_left < 0,
                (tree.value[:, 0, target] if targets > 1 else tree.value[:, 0, 0]) / count,
                tree.weighted_n_node_samples,
                target,
            )
    return ensemble


def from_boosting(model: Any) -> Ensemble:
    """A histogram gradient boosting's trees; their leaves hold the learning rate already."""
    ensemble = Ensemble()
    for iteration in model._predictors:
        for target, predictor in enumerate(iteration):
            nodes = predictor.nodes
            if nodes["is_categorical"].any():
                raise ValueError("native categorical splits are not exported")
            ensemble.add_tree(
                nodes["feature_idx"],
                nodes["num_threshold"],
                (nodes["left"], nodes["right"]),
                nodes["missing_go_to_left"],
                nodes["is_leaf"].astype(bool),
                nodes["value"],
                nodes["count"],
                target,
            )
    return ensemble
