"""Trees of LightGBM's boosters as arrays.

Read from ``Booster.dump_model``, which gives numbers with all their digits. What this module
relies on is asserted in ``tests/contracts/test_lightgbm.py``.
"""

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np

from homestead.model.explanation_data import TreeArrays
from homestead.model.trees.builder import EnsembleBuilder
from homestead.model.trees.inputs import TreeInputs

_IDENTITY = ("regression", "regression_l1", "huber", "fair", "quantile", "mape")
_LOGARITHM = ("poisson", "gamma", "tweedie")
_CLASSES = ("binary", "multiclass")


def from_lightgbm(model: Any, inputs: TreeInputs) -> TreeArrays:
    """Return the trees of a fitted ``LGBMRegressor`` or ``LGBMClassifier``.

    Leaves include the learning rate, and those of the first trees the score to start from.

    Raises:
        ValueError: the booster takes zeros for missing values, has linear models in its leaves, or
            another objective than those that are exported.
    """
    dump = model.booster_.dump_model()
    _objective(dump)
    targets = dump["num_tree_per_iteration"]
    builder = EnsembleBuilder()
    for number, tree in enumerate(dump["tree_info"]):
        _add_tree(builder, list(_nodes(tree["tree_structure"])), number % targets, inputs)
    return builder.arrays(np.zeros(targets), float32_inputs=False, tables=inputs.tables)


def is_lightgbm(model: Any) -> bool:
    """Return whether a model is an estimator of LightGBM, without loading the library."""
    return any(base.__module__.startswith("lightgbm.") for base in type(model).__mro__)


def lightgbm_link(model: Any) -> Literal["identity", "log"]:
    """Return the link of a fitted ``LGBMRegressor``."""
    return (
        "log"
        if _objective(model.booster_.dump_model(num_iteration=1)) in _LOGARITHM
        else ("identity")
    )


def _objective(dump: dict[str, Any]) -> str:
    """Return the objective's name; what follows it are its parameters."""
    name, *parameters = str(dump["objective"]).split()
    is_scaled = any(p.startswith("sigmoid:") and p != "sigmoid:1" for p in parameters)
    if name not in (*_IDENTITY, *_LOGARITHM, *_CLASSES) or "sqrt" in parameters or is_scaled:
        raise ValueError(f"LightGBM's objective {dump['objective']!r} has no ONNX export")
    if dump.get("average_output"):
        raise ValueError("LightGBM's random forests have no ONNX export")
    return name


def _nodes(root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a tree's nodes, each before its children, and each with its number as ``number``."""
    stack, count = [root], 0
    while stack:
        node = stack.pop()
        node["number"] = count
        count += 1
        yield node
        if "split_index" in node:
            stack += [node["right_child"], node["left_child"]]


def _add_tree(
    builder: EnsembleBuilder, nodes: list[dict[str, Any]], target: int, inputs: TreeInputs
) -> None:
    if any("leaf_coeff" in node for node in nodes):
        raise ValueError("LightGBM's linear trees have no ONNX export")
    sets = {
        node["number"]: tuple(sorted(int(code) for code in node["threshold"].split("||")))
        for node in nodes
        if node.get("decision_type") == "=="
    }
    builder.add_tree(
        feature=np.array([inputs.number(node.get("split_feature", 0)) for node in nodes]),
        threshold=np.array([_threshold(node) for node in nodes]),
        left=np.array([_child(node, "left_child") for node in nodes]),
        right=np.array([_child(node, "right_child") for node in nodes]),
        missing_left=np.array([_missing_left(node) for node in nodes]),
        is_leaf=np.array(["leaf_value" in node for node in nodes]),
        value=np.array([node.get("leaf_value", 0.0) for node in nodes], float),
        # A tree that never splits has no count.
        cover=np.array([node.get("leaf_count") or 1 for node in nodes], float),
        target=target,
        category_sets=sets,
    )


def _threshold(node: dict[str, Any]) -> float:
    return float(node["threshold"]) if node.get("decision_type") == "<=" else 0.0


def _child(node: dict[str, Any], side: str) -> int:
    return int(node[side]["number"]) if side in node else -1


def _missing_left(node: dict[str, Any]) -> bool:
    """Return whether the booster sends a missing value left.

    It sends one right at a set of categories. Where no value was missing in training, it takes one
    for 0.
    """
    if node.get("decision_type") != "<=":
        return False
    if node["missing_type"] == "Zero":
        raise ValueError("LightGBM's zeros as missing values (zero_as_missing) have no ONNX export")
    if node["missing_type"] == "None":
        return float(node["threshold"]) >= 0
    return bool(node["default_left"])
