"""Prediction intervals from two quantiles as a second output of an ONNX graph.

A run of onnxruntime computes every node, whatever it returns. The models of the quantiles are
therefore a branch that only runs if the optional input ``with_interval`` is true.
"""

from typing import Any

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, ValueInfoProto, compose, helper, numpy_helper

from homestead.errors import UserError
from homestead.model.onnx_model import INTERVAL_INPUT, INTERVAL_OUTPUT, Model
from homestead.problem.answers.interval import QuantileInterval


def add_interval(
    content: bytes,
    quantile_models: tuple[bytes, bytes],
    interval: QuantileInterval,
    X: np.ndarray,
) -> bytes:
    """Return the ONNX file of a regression with the output ``interval``, double (rows, 2).

    The output has no rows unless the input ``with_interval``, a boolean, is true.

    Args:
        content: the file, whose only output is the prediction, (rows,).
        quantile_models: files of the lower and the upper quantile, with the same input.
        X: rows to check the graph on, (rows, features).

    Raises:
        UserError: the graph yields other bounds than the interval's definition.
    """
    model = onnx.load_from_string(content)
    prediction = model.graph.output[0].name
    nodes: list[NodeProto] = []
    constants: list[TensorProto] = []

    def constant(value: object, dtype: type = np.float64) -> str:
        name = f"interval_c{len(constants)}"
        constants.append(numpy_helper.from_array(np.asarray(value, dtype=dtype), name))
        return name

    def add(operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        output = output or f"interval_n{len(nodes)}"
        nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    quantiles = []
    for side, part in zip(("lower_", "upper_"), quantile_models, strict=True):
        graph = compose.add_prefix(onnx.load_from_string(part), side, rename_inputs=False).graph
        nodes.extend(graph.node)
        constants.extend(graph.initializer)
        quantiles.append(side + prediction)
    operator = "Add" if interval.scale == "identity" else "Mul"
    bounds = []
    for side, order in zip(interval.sides, ("Min", "Max"), strict=True):
        moved = add(operator, add(order, *quantiles), constant(side))
        bound = add(order, moved, prediction)
        bounds.append(add("Unsqueeze", bound, constant([1], np.int64)))
    result = add("Concat", *bounds, axis=1)
    model.graph.node.append(_only_if_asked(result, nodes, constants))
    model.graph.initializer.append(numpy_helper.from_array(np.array(False), INTERVAL_INPUT))
    model.graph.input.append(helper.make_tensor_value_info(INTERVAL_INPUT, TensorProto.BOOL, []))
    model.graph.output.append(_bounds_info(INTERVAL_OUTPUT))
    onnx.checker.check_model(model)
    complete = bytes(model.SerializeToString(deterministic=True))
    _check(content, quantile_models, complete, interval, X)
    return complete


def _only_if_asked(result: str, nodes: list[NodeProto], constants: list[TensorProto]) -> NodeProto:
    """Return the node that runs the nodes of the bounds, or yields none."""
    none = numpy_helper.from_array(np.zeros((0, 2)), "interval_none")
    no_bounds = helper.make_node("Constant", [], ["interval_skipped"], value=none)
    return helper.make_node(
        "If",
        [INTERVAL_INPUT],
        [INTERVAL_OUTPUT],
        then_branch=helper.make_graph(nodes, "bounds", [], [_bounds_info(result)], constants),
        else_branch=helper.make_graph(
            [no_bounds], "no_bounds", [], [_bounds_info("interval_skipped")]
        ),
    )


def _bounds_info(name: str) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None, 2])


def _check(
    content: bytes,
    quantile_models: tuple[bytes, bytes],
    complete: bytes,
    interval: QuantileInterval,
    X: np.ndarray,
) -> None:
    model = Model(complete)
    predictions = Model(content).predict(X)
    quantiles = np.column_stack([Model(part).predict(X) for part in quantile_models])
    same = np.array_equal(model.predict(X), predictions, equal_nan=True) and np.array_equal(
        model.bounds(X, predictions), interval.bounds(quantiles, predictions), equal_nan=True
    )
    if not same:
        raise UserError(
            f"model {model.digest[:12]}: the interval's ONNX graph differs from its definition"
        )
