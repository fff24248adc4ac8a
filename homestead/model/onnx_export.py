"""Export of fitted estimators to ONNX in double precision, with the serving contract inside.

The graph is written by hand because the available converters write float32 trees: see
docs/adr/0002-onnx-by-hand.md. What this module reads of scikit-learn's fitted attributes is
asserted in ``tests/contracts/test_sklearn.py``.
"""

from typing import Any

import numpy as np
from onnx import TensorProto, checker, helper

from homestead.model import onnx_linear
from homestead.model.explanation_data import TreeArrays
from homestead.model.onnx_graph import GraphBuilder
from homestead.model.trees.operator import tree_ensemble_node
from homestead.problem.contract import Contract

_OPSETS = {"": 21, "ai.onnx.ml": 5}
_IR_VERSION = 10


def export_onnx(estimator: Any, contract: Contract, X: np.ndarray | None = None) -> bytes:
    """Return the estimator as an ONNX file, with the data that explanations need.

    Its input ``X`` is double (rows, features), NaN for missing. Its output is ``prediction``,
    double (rows,), for a regression and ``probabilities``, double (rows, classes), for a
    classification.

    Args:
        estimator: fitted, from :func:`homestead.training.estimators.build_estimator`.
        X: the training rows, (rows, features), whose means are the reference point of a linear
            model's contributions. Without them the categories of a column count as equally
            frequent.

    Raises:
        ValueError: there is no export for an estimator of this class.
    """
    graph = GraphBuilder(X, len(contract.features), _levels(contract))
    sizes: list[str | int] = ["rows"]
    if contract.task == "regression":
        result, output = _regression(graph, estimator), "prediction"
    else:
        result, output = _classification(graph, estimator), "probabilities"
        sizes.append(len(contract.classes))
    graph.nodes.append(helper.make_node("Identity", [result], [output]))
    input_sizes: list[str | int] = ["rows", len(contract.features)]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            contract.problem,
            [helper.make_tensor_value_info("X", TensorProto.DOUBLE, input_sizes)],
            [helper.make_tensor_value_info(output, TensorProto.DOUBLE, sizes)],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid(name, version) for name, version in _OPSETS.items()],
        ir_version=_IR_VERSION,
        producer_name="homestead",
    )
    helper.set_model_props(model, graph.metadata(contract))
    checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def _levels(contract: Contract) -> dict[int, int]:
    """Return the number of categories by feature that has them."""
    columns = [contract.columns.get(name) for name in contract.features]
    return {
        i: len(column.allowed or ())
        for i, column in enumerate(columns)
        if column and column.type == "category"
    }


def _regression(graph: GraphBuilder, estimator: Any) -> str:
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.ensemble import HistGradientBoostingRegressor

    from homestead.model.category_trees import CategoryTrees
    from homestead.model.trees.lightgbm_trees import is_lightgbm, lightgbm_link

    if isinstance(estimator, TransformedTargetRegressor):
        estimator = estimator.regressor_
        graph.link = "log"
    else:
        trees = estimator.estimator_ if isinstance(estimator, CategoryTrees) else estimator
        if isinstance(trees, HistGradientBoostingRegressor):
            graph.link = "log" if trees.loss in ("poisson", "gamma") else "identity"
        elif is_lightgbm(trees):
            graph.link = lightgbm_link(trees)
    scores = _scores(graph, estimator, 1)
    if graph.link == "log":
        scores = graph.add_by_row("Exp", scores, 1)
    return graph.add("Squeeze", scores, graph.constant([1], np.int64))


def _classification(graph: GraphBuilder, estimator: Any) -> str:
    from sklearn.ensemble import RandomForestClassifier

    from homestead.model.category_trees import CategoryTrees

    classes = len(estimator.classes_)
    trees = estimator.estimator_ if isinstance(estimator, CategoryTrees) else estimator
    if isinstance(trees, RandomForestClassifier):
        return _scores(graph, estimator, classes)  # probabilities already
    scores = _scores(graph, estimator, 1 if classes == 2 else classes)
    if classes > 2:
        graph.link = "softmax"
        return _softmax(graph, scores, classes)
    graph.link = "logit"
    # A sigmoid for each class: 1 - p would lose the digits of a small p.
    signs = graph.constant([[-1.0, 1.0]])
    return graph.add_by_row("Sigmoid", graph.add("Mul", scores, signs), 2)


def _softmax(graph: GraphBuilder, scores: str, classes: int) -> str:
    """Add the softmax of (rows, classes), without the operator, whose sums depend on the batch."""
    largest = graph.add("ReduceMax", scores, graph.constant([1], np.int64))
    powers = graph.add_by_row("Exp", graph.add("Sub", scores, largest), classes)
    sums = graph.add("MatMul", powers, graph.constant(np.ones((classes, 1))))
    return graph.add("Div", powers, sums)


def _scores(graph: GraphBuilder, estimator: Any, targets: int) -> str:
    """Add what the estimator computes before its link function: (rows, targets)."""
    from sklearn.pipeline import Pipeline

    from homestead.model.residual_estimator import ResidualRegressor

    if isinstance(estimator, ResidualRegressor):
        parts = (estimator.init_, estimator.estimator_)
        return graph.add("Add", *(_scores(graph, part, targets) for part in parts))
    if isinstance(estimator, Pipeline):
        graph.linear = onnx_linear.from_pipeline(estimator, targets, graph.X)
        return onnx_linear.add_scores(graph, graph.linear)
    graph.trees = _trees(graph, estimator, targets)
    source = "X"
    if tables := graph.trees.tables:
        encoded = graph.lookup([(table.feature, table.values) for table in tables])
        source = graph.add("Concat", source, encoded, axis=1)
    if graph.trees.float32_inputs:
        single = graph.add("Cast", source, to=TensorProto.FLOAT)
        source = graph.add("Cast", single, to=TensorProto.DOUBLE)
    sums = f"n{len(graph.nodes)}"
    graph.nodes.append(tree_ensemble_node(graph.trees, source, sums))
    if not graph.trees.start.any():
        return sums
    return graph.add("Add", sums, graph.constant(graph.trees.start.reshape(1, targets)))


def _trees(graph: GraphBuilder, estimator: Any, targets: int) -> TreeArrays:
    """Return the trees of an estimator, or raise if it has none."""
    from sklearn.ensemble import (
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
        RandomForestClassifier,
        RandomForestRegressor,
    )

    from homestead.model.category_trees import CategoryTrees
    from homestead.model.trees.inputs import TreeInputs
    from homestead.model.trees.lightgbm_trees import from_lightgbm, is_lightgbm
    from homestead.model.trees.sklearn_trees import from_boosting, from_forest

    inputs = TreeInputs.plain(graph.levels)
    if isinstance(estimator, CategoryTrees):
        inputs = TreeInputs.encoded(estimator, graph.levels)
        estimator = estimator.estimator_
    if isinstance(estimator, RandomForestClassifier | RandomForestRegressor):
        return from_forest(estimator, targets, inputs)
    if isinstance(estimator, HistGradientBoostingClassifier | HistGradientBoostingRegressor):
        return from_boosting(estimator, inputs)
    if is_lightgbm(estimator):
        return from_lightgbm(estimator, inputs)
    raise ValueError(f"{type(estimator).__name__} has no ONNX export")
