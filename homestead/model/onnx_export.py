"""Fitted estimators as ONNX in double precision, with the serving contract inside.

Written by hand, since the converters at hand write float32 trees:
see docs/adr/0002-onnx-by-hand.md.
"""

from typing import Any

import msgspec
import numpy as np
from onnx import NodeProto, TensorProto, checker, helper, numpy_helper

from homestead.model import onnx_trees
from homestead.model.metadata import EXPLAIN_KEY, Reference
from homestead.problem.contract import METADATA_KEY, Contract

_OPSETS = {"": 21, "ai.onnx.ml": 5}
_IR_VERSION = 10


class _Graph:
    """Nodes and constants as they are added; each call returns the name of its result."""

    def __init__(self, X: np.ndarray | None) -> None:
        self.X = X
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.reference = Reference()

    def constant(self, value: Any, dtype: Any = np.float64) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype=dtype), name))
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name


def export_onnx(estimator: Any, contract: Contract, X: np.ndarray | None = None) -> bytes:
    """The estimator as an ONNX file, with what explaining its predictions needs.

    Args:
        X: the rows it was fitted to, whose mean a linear model's contributions are measured
            from. Without them a category's values count as equally frequent.

    Input ``X``: double (rows, features), NaN for missing. Output for a regression ``prediction``:
    double (rows,); for a classification ``probabilities``: double (rows, classes).

    Raises:
        ValueError: an estimator of a kind that has no export here.
    """
    graph = _Graph(X)
    if contract.task == "regression":
        result, shape = _regression(graph, estimator), ["rows"]
        output = "prediction"
    else:
        result, shape = _classification(graph, estimator), ["rows", str(len(contract.classes))]
        output = "probabilities"
    graph.nodes.append(helper.make_node("Identity", [result], [output]))
    sizes: list[Any] = [size if size == "rows" else int(size) for size in shape]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            contract.problem,
            [
                helper.make_tensor_value_info(
                    "X", TensorProto.DOUBLE, ["rows", len(contract.features)]
                )
            ],
            [helper.make_tensor_value_info(output, TensorProto.DOUBLE, sizes)],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid(name, version) for name, version in _OPSETS.items()],
        ir_version=_IR_VERSION,
        producer_name="homestead",
    )
    properties = {
        METADATA_KEY: contract.model_dump_json(),
        EXPLAIN_KEY: msgspec.json.encode(graph.reference).decode(),
    }
    helper.set_model_props(model, properties)
    checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def _regression(graph: _Graph, estimator: Any) -> str:
    from sklearn.compose import TransformedTargetRegressor

    if isinstance(estimator, TransformedTargetRegressor):
        return graph.add("Exp", _regression(graph, estimator.regressor_))
    scores = _scores(graph, estimator, 1)
    return graph.add("Squeeze", scores, graph.constant([1], np.int64))


def _classification(graph: _Graph, estimator: Any) -> str:
    from sklearn.ensemble import RandomForestClassifier

    classes = len(estimator.classes_)
    if isinstance(estimator, RandomForestClassifier):
        return _scores(graph, estimator, classes)
    scores = _scores(graph, estimator, 1 if classes == 2 else classes)
    if classes > 2:
        return graph.add("Softmax", scores, axis=1)
    # Both sides by their own sigmoid: 1 - p would lose the digits of a small p.
    signs = graph.constant([[-1.0, 1.0]])
    return graph.add("Sigmoid", graph.add("Mul", scores, signs))


def _scores(graph: _Graph, estimator: Any, targets: int) -> str:
    """What the estimator computes ahead of its link: (rows, targets)."""
    from sklearn.ensemble import (
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
        RandomForestClassifier,
        RandomForestRegressor,
    )
    from sklearn.pipeline import Pipeline

    from homestead.model.residual import ResidualRegressor

    if isinstance(estimator, ResidualRegressor):
        parts = (estimator.init_, estimator.estimator_)
        return graph.add("Add", *(_scores(graph, part, targets) for part in parts))
    if isinstance(estimator, Pipeline):
        return _linear(graph, estimator, targets)
    if isinstance(estimator, RandomForestClassifier | RandomForestRegressor):
        # scikit-learn's forests compare the float32 value with a float64 threshold.
        single = graph.add("Cast", "X", to=TensorProto.FLOAT)
        source = graph.add("Cast", single, to=TensorProto.DOUBLE)
        return _trees(graph, onnx_trees.from_forest(estimator, targets), source, targets)
    if isinstance(estimator, HistGradientBoostingClassifier | HistGradientBoostingRegressor):
        sums = _trees(graph, onnx_trees.from_boosting(estimator), "X", targets)
        start = np.reshape(estimator._baseline_prediction, (1, targets))
        return graph.add("Add", sums, graph.constant(start))
    raise ValueError(f"{type(estimator).__name__} has no ONNX export")


def _trees(graph: _Graph, ensemble: onnx_trees.Ensemble, source: str, targets: int) -> str:
    name = f"n{len(graph.nodes)}"
    graph.nodes.append(ensemble.node(source, name, targets))
    graph.reference.covers = ensemble.cover
    return name


def _linear(graph: _Graph, pipeline: Any, targets: int) -> str:
    prepare, model = pipeline.named_steps["prepare"], pipeline.named_steps["model"]
    parts: list[str] = []
    owners: list[int] = []
    scales: list[float] = []
    means: list[float] = []
    for name, step, columns in prepare.transformers_:
        if name == "remainder" or not len(columns):
            continue
        picked = "X"
        if len(columns) < prepare.n_features_in_:
            picked = graph.add("Gather", "X", graph.constant(columns, np.int64), axis=1)
        if name == "numeric":
            imputer, scaler = step.named_steps["impute"], step.named_steps["scale"]
            missing = graph.add("IsNaN", picked)
            filled = graph.add("Where", missing, graph.constant(imputer.statistics_), picked)
            # The scale goes into the weights, one operator less a request. The mean stays: without
            # it a large value that hardly varies would cost digits.
            parts.append(graph.add("Sub", filled, graph.constant(scaler.mean_)))
            owners += columns
            scales += scaler.scale_.tolist()
            means += [0.0] * len(columns)
        else:
            for position, codes in enumerate(step.categories_):
                one = graph.add("Gather", picked, graph.constant([position], np.int64), axis=1)
                hit = graph.add("Equal", one, graph.constant(codes))
                parts.append(graph.add("Cast", hit, to=TensorProto.DOUBLE))
                owners += [columns[position]] * len(codes)
                scales += [1.0] * len(codes)
                means += [1 / len(codes)] * len(codes)
    if graph.X is not None:
        means = (prepare.transform(graph.X).mean(axis=0) * scales).tolist()
    graph.reference.columns = [int(column) for column in owners]
    graph.reference.means = means
    inputs = parts[0] if len(parts) == 1 else graph.add("Concat", *parts, axis=1)
    weights = (np.reshape(model.coef_, (targets, -1)) / scales).T
    products = graph.add("MatMul", inputs, graph.constant(weights))
    return graph.add("Add", products, graph.constant(np.reshape(model.intercept_, (1, targets))))
