"""Trees as one ai.onnx.ml ``TreeEnsemble`` (opset 5) in double precision."""

import math

import numpy as np
from onnx import NodeProto, TensorProto, helper

from homestead.model.explanation_data import TreeArrays

_LESS_OR_EQUAL, _MEMBER = 0, 6
_SUM = 1


def tree_ensemble_node(trees: TreeArrays, source: str, result: str) -> NodeProto:
    """Return the operator: input (rows, inputs) double, output (rows, targets) double sums.

    Args:
        source: name of the input.
        result: name of the output.
    """

    def doubles(values: list[float]) -> TensorProto:
        return helper.make_tensor("", TensorProto.DOUBLE, [len(values)], values)

    threshold = trees.threshold.copy()
    modes = np.full(len(threshold), _LESS_OR_EQUAL)
    members: list[float] = []
    for node, codes in trees.category_splits():
        if len(codes):
            modes[node] = _MEMBER
            members += [*codes.tolist(), math.nan]  # NaN ends a set
        else:  # onnxruntime cannot read an empty set; no code is below this
            threshold[node] = -math.inf
    return helper.make_node(
        "TreeEnsemble",
        [source],
        [result],
        domain="ai.onnx.ml",
        aggregate_function=_SUM,
        post_transform=0,
        n_targets=len(trees.start),
        nodes_featureids=trees.feature.tolist(),
        nodes_splits=doubles(threshold.tolist()),
        nodes_modes=helper.make_tensor("", TensorProto.UINT8, [len(modes)], modes.tolist()),
        nodes_missing_value_tracks_true=trees.missing_left.astype(int).tolist(),
        nodes_trueleafs=(trees.left < 0).astype(int).tolist(),
        nodes_truenodeids=_numbers(trees.left),
        nodes_falseleafs=(trees.right < 0).astype(int).tolist(),
        nodes_falsenodeids=_numbers(trees.right),
        tree_roots=trees.roots.tolist(),
        leaf_weights=doubles(trees.leaf_weight.tolist()),
        leaf_targetids=trees.leaf_target.tolist(),
        **({"membership_values": doubles(members)} if members else {}),
    )


def _numbers(children: np.ndarray) -> list[int]:
    return [int(child) for child in np.where(children < 0, ~children, children)]
