"""Calibration curves as nodes of an ONNX graph, after the estimator's own probabilities."""

import numpy as np
import onnx
from onnx import TensorProto, helper

from homestead.errors import UserError
from homestead.model.onnx_graph import GraphNodes
from homestead.model.onnx_model import Model
from homestead.problem.answers.calibration import SMALLEST, Calibration, CalibrationCurve

_OUTPUT = "probabilities"
_RAW = "raw_probabilities"
# Largest difference between the graph and its definition: a rounding error of a sigmoid's exponent.
_MAX_DISAGREEMENT = 1e-12


def add_calibration(content: bytes, calibration: Calibration, X: np.ndarray) -> bytes:
    """Return the ONNX file of a classifier with calibrated probabilities as its output.

    Args:
        content: the file, whose only output are the estimator's probabilities.
        X: rows to check the graph on, (rows, features).

    Raises:
        UserError: the graph yields other numbers than the calibration.
    """
    model = onnx.load_from_string(content)
    for node in model.graph.node:
        node.output[:] = [_RAW if name == _OUTPUT else name for name in node.output]
    nodes = _Nodes()
    classes = model.graph.output[0].type.tensor_type.shape.dim[1].dim_value
    if len(calibration.curves) == 1:
        zeros, ones = nodes.column(_RAW, 0), nodes.column(_RAW, 1)
        pair = _curve(nodes, calibration, calibration.curves[0], ones, zeros)
        result = nodes.add("Concat", *pair, axis=1)
    else:
        columns = []
        for position, curve in enumerate(calibration.curves):
            p = nodes.column(_RAW, position)
            rest = nodes.add("Sub", nodes.constant(1.0), p)
            columns.append(_curve(nodes, calibration, curve, p, rest)[1])
        result = _divided_by_sum(nodes, nodes.add("Concat", *columns, axis=1), classes)
    nodes.nodes.append(helper.make_node("Identity", [result], [_OUTPUT]))
    model.graph.node.extend(nodes.nodes)
    model.graph.initializer.extend(nodes.constants)
    onnx.checker.check_model(model)
    calibrated = bytes(model.SerializeToString(deterministic=True))
    _check(Model(content), Model(calibrated), calibration, X)
    return calibrated


class _Nodes(GraphNodes):
    """Nodes and constants, with names that no other part of the graph has."""

    def __init__(self) -> None:
        super().__init__("calibration_")

    def column(self, source: str, position: int) -> str:
        """Return one column as (rows, 1)."""
        return self.add("Gather", source, self.constant([position], np.int64), axis=1)

    def by_row(self, operator: str, source: str) -> str:
        """Add an elementwise operator of (rows, 1), each row in a packet of its own."""
        # Not zeros, whose logarithm is infinite.
        return self.add_by_row(operator, source, columns=1, padding=1.0)


def _curve(
    nodes: _Nodes, calibration: Calibration, curve: CalibrationCurve, p: str, rest: str
) -> tuple[str, str]:
    """Add the probabilities of 'not the class' and of the class, (rows, 1) each."""
    if calibration.method == "sigmoid":
        smallest = nodes.constant(SMALLEST)
        logs = [nodes.by_row("Log", nodes.add("Max", part, smallest)) for part in (p, rest)]
        odds = nodes.add("Sub", *logs)
        scaled = nodes.add("Mul", odds, nodes.constant(curve.slope))
        score = nodes.add("Add", scaled, nodes.constant(curve.intercept))
        return (
            nodes.by_row("Sigmoid", nodes.add("Neg", score)),
            nodes.by_row("Sigmoid", score),
        )
    x, y, slopes, ends = curve.segments
    inside = nodes.add("Max", p, nodes.constant(x[0]))
    inside = nodes.add("Min", inside, nodes.constant(x[-1]))
    is_above = nodes.add("GreaterOrEqual", inside, nodes.constant(x[None]))
    counts = nodes.add("Cast", is_above, to=TensorProto.INT64)
    count = nodes.add("ReduceSum", counts, nodes.constant([1], np.int64), keepdims=1)
    at = nodes.add("Sub", count, nodes.constant(1, np.int64))
    start, base, slope, end = (
        nodes.add("Gather", nodes.constant(values), at) for values in (x, y, slopes, ends)
    )
    rise = nodes.add("Mul", nodes.add("Sub", inside, start), slope)
    value = nodes.add("Min", nodes.add("Add", base, rise), end)
    return nodes.add("Sub", nodes.constant(1.0), value), value


def _divided_by_sum(nodes: _Nodes, values: str, classes: int) -> str:
    """Add the classes' shares of their sum; equal shares where all are 0."""
    total = nodes.add("MatMul", values, nodes.constant(np.ones((classes, 1))))
    zero, one = nodes.constant(0.0), nodes.constant(1.0)
    is_positive = nodes.add("Greater", total, zero)
    shares = nodes.add("Div", values, nodes.add("Where", is_positive, total, one))
    return nodes.add("Where", is_positive, shares, nodes.constant(1 / classes))


def _check(raw: Model, calibrated: Model, calibration: Calibration, X: np.ndarray) -> None:
    difference = np.abs(calibrated.predict(X) - calibration.apply(raw.predict(X)))
    if not difference.max(initial=0.0) <= _MAX_DISAGREEMENT:  # NaN is refused as well
        raise UserError(
            f"model {calibrated.digest[:12]}: the calibration's ONNX graph differs from its curves"
            f" by {difference.max():.1e}, allowed is {_MAX_DISAGREEMENT:.0e}"
        )
