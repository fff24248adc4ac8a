"""Export of fitted estimators to ONNX in double precision, with the serving contract inside.

The graph is written by hand because the available converters write float32 trees: see
docs/adr/0002-onnx-by-hand.md. What this module reads of scikit-learn's fitted attributes is
asserted in ``tests/contracts/test_sklearn.py``.
"""

from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, checker, helper, numpy_helper

from homestead.model import onnx_linear, onnx_trees
from homestead.model.explanation_data import (
    EXPLANATION_KEY,
    ExplanationData,
    LinearArrays,
    Link,
    TreeArrays,
    encode_explanation,
)
from homestead.problem.contract import METADATA_KEY, Contract

_OPSETS = {"": 21, "ai.onnx.ml": 5}
_IR_VERSION = 10
# Doubles in the widest SIMD register.
_PACKET = 8


class _GraphBuilder:
    """Nodes and constants as they are added, with the data of explanations.

    Attributes:
        X: the training rows, (rows, features), or None.
    """

    def __init__(self, X: np.ndarray | None) -> None:
        self.X = X
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.link: Link = "identity"
        self.trees: TreeArrays | None = None
        self.linear: LinearArrays | None = None

    def constant(self, value: Any, dtype: Any = np.float64) -> str:
        """Add a constant and return its name."""
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype=dtype), name))
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node and return the name of its output."""
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def add_by_row(self, operator: str, source: str, columns: int) -> str:
        """Add an elementwise operator whose result in a row does not depend on the other rows.

        onnxruntime computes ``Exp`` and ``Sigmoid`` in packets of up to 8 numbers, and what is left
        over at an array's end in another way, which may differ in the last bit. So each row is
        padded to whole packets.

        Args:
            source: name of the input, (rows, columns).
        """
        padding = self.constant([0, 0, 0, -columns % _PACKET], np.int64)
        result = self.add(operator, self.add("Pad", source, padding))
        begin, end, axis = (self.constant([i], np.int64) for i in (0, columns, 1))
        return self.add("Slice", result, begin, end, axis)

    def metadata(self, contract: Contract) -> dict[str, str]:
        """Return the file's metadata: the serving contract and the data of explanations."""
        data = ExplanationData(link=self.link, trees=self.trees, linear=self.linear)
        return {
            METADATA_KEY: contract.model_dump_json(),
            EXPLANATION_KEY: encode_explanation(data),
        }


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
    graph = _GraphBuilder(X)
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


def _regression(graph: _GraphBuilder, estimator: Any) -> str:
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.ensemble import HistGradientBoostingRegressor

    if isinstance(estimator, TransformedTargetRegressor):
        estimator = estimator.regressor_
        graph.link = "log"
    elif isinstance(estimator, HistGradientBoostingRegressor):
        graph.link = "log" if estimator.loss in ("poisson", "gamma") else "identity"
    scores = _scores(graph, estimator, 1)
    if graph.link == "log":
        scores = graph.add_by_row("Exp", scores, 1)
    return graph.add("Squeeze", scores, graph.constant([1], np.int64))


def _classification(graph: _GraphBuilder, estimator: Any) -> str:
    from sklearn.ensemble import RandomForestClassifier

    classes = len(estimator.classes_)
    if isinstance(estimator, RandomForestClassifier):
        return _scores(graph, estimator, classes)  # probabilities already
    scores = _scores(graph, estimator, 1 if classes == 2 else classes)
    if classes > 2:
        graph.link = "softmax"
        return _softmax(graph, scores, classes)
    graph.link = "logit"
    # A sigmoid for each class: 1 - p would lose the digits of a small p.
    signs = graph.constant([[-1.0, 1.0]])
    return graph.add_by_row("Sigmoid", graph.add("Mul", scores, signs), 2)


def _softmax(graph: _GraphBuilder, scores: str, classes: int) -> str:
    """Add the softmax of (rows, classes), without the operator, whose sums depend on the batch."""
    largest = graph.add("ReduceMax", scores, graph.constant([1], np.int64))
    powers = graph.add_by_row("Exp", graph.add("Sub", scores, largest), classes)
    sums = graph.add("MatMul", powers, graph.constant(np.ones((classes, 1))))
    return graph.add("Div", powers, sums)


def _scores(graph: _GraphBuilder, estimator: Any, targets: int) -> str:
    """Add what the estimator computes before its link function: (rows, targets)."""
    from sklearn.ensemble import (
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
        RandomForestClassifier,
        RandomForestRegressor,
    )
    from sklearn.pipeline import Pipeline

    from homestead.model.residual_estimator import ResidualRegressor

    if isinstance(estimator, ResidualRegressor):
        parts = (estimator.init_, estimator.estimator_)
        return graph.add("Add", *(_scores(graph, part, targets) for part in parts))
    if isinstance(estimator, Pipeline):
        graph.linear = onnx_linear.from_pipeline(estimator, targets, graph.X)
        return _linear(graph, graph.linear, estimator.n_features_in_)
    if isinstance(estimator, RandomForestClassifier | RandomForestRegressor):
        graph.trees = onnx_trees.from_forest(estimator, targets)
        single = graph.add("Cast", "X", to=TensorProto.FLOAT)
        return _trees(graph, graph.trees, graph.add("Cast", single, to=TensorProto.DOUBLE))
    if isinstance(estimator, HistGradientBoostingClassifier | HistGradientBoostingRegressor):
        graph.trees = onnx_trees.from_boosting(estimator)
        sums = _trees(graph, graph.trees, "X")
        return graph.add("Add", sums, graph.constant(graph.trees.start.reshape(1, targets)))
    raise ValueError(f"{type(estimator).__name__} has no ONNX export")


def _trees(graph: _GraphBuilder, trees: TreeArrays, source: str) -> str:
    name = f"n{len(graph.nodes)}"
    graph.nodes.append(onnx_trees.tree_ensemble_node(trees, source, name))
    return name


def _linear(graph: _GraphBuilder, linear: LinearArrays, features: int) -> str:
    numbers = linear.feature[~linear.is_category]
    outputs: list[str] = []
    if len(numbers):
        source = _gathered(graph, numbers, features)
        fill = graph.constant(linear.fill[~linear.is_category])
        filled = graph.add("Where", graph.add("IsNaN", source), fill, source)
        center = graph.constant(linear.center[~linear.is_category])
        outputs.append(graph.add("Sub", filled, center))
    categories = list(dict.fromkeys(linear.feature[linear.is_category].tolist()))
    if categories:
        source = _gathered(graph, np.array(categories), features)
        for position, feature in enumerate(categories):
            codes = linear.category[linear.is_category & (linear.feature == feature)]
            index = graph.constant([position], np.int64)
            column = graph.add("Gather", source, index, axis=1)
            is_equal = graph.add("Equal", column, graph.constant(codes))
            outputs.append(graph.add("Cast", is_equal, to=TensorProto.DOUBLE))
    inputs = outputs[0] if len(outputs) == 1 else graph.add("Concat", *outputs, axis=1)
    products = graph.add("MatMul", inputs, graph.constant(linear.weight))
    return graph.add("Add", products, graph.constant(linear.intercept[None]))


def _gathered(graph: _GraphBuilder, columns: np.ndarray, features: int) -> str:
    """Return the name of these columns of X; X itself if they are all of them."""
    if len(columns) == features:
        return "X"
    return graph.add("Gather", "X", graph.constant(columns, np.int64), axis=1)
