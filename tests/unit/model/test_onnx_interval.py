"""Bounds of two quantiles as a second output of a graph."""

import numpy as np
import onnx
import onnxruntime
import pytest

from homestead.errors import UserError
from homestead.model import onnx_interval
from homestead.model.onnx_interval import add_interval
from homestead.model.onnx_model import Model
from homestead.problem.answers.interval import QuantileInterval, Scale
from tests.small_models import small_onnx

X = np.array([[80.0, 3.0], [-80.0, 3.0], [0.0, 0.0], [np.nan, 1.0]])


@pytest.mark.parametrize(
    ("scale", "margin", "factors"),
    [
        ("identity", 2.0, (0.5, 2.0)),
        ("identity", -60.0, (0.5, 2.0)),  # more than the width: it would cross
        ("log", 0.25, (0.5, 2.0)),
        ("identity", 0.0, (3.0, 2.0)),  # neither order nor prediction within
    ],
)
def test_the_graph_computes_bounds_that_never_cross(
    scale: Scale, margin: float, factors: tuple[float, float]
) -> None:
    interval = QuantileInterval(coverage=0.9, scale=scale, margin=margin)
    lower, upper = (small_onnx(factor) for factor in factors)
    model = Model(add_interval(small_onnx(interval=interval), (lower, upper), interval, X))
    predictions = model.predict(X)
    np.testing.assert_array_equal(predictions, X.sum(axis=1))
    bounds = model.bounds(X, predictions)
    expected = interval.bounds(X.sum(axis=1)[:, None] * factors, predictions)
    np.testing.assert_array_equal(bounds, expected)
    finite = bounds[:3]
    assert (finite[:, 0] <= predictions[:3]).all()
    assert (predictions[:3] <= finite[:, 1]).all()
    assert np.isnan(bounds[3]).all()


def test_the_file_has_both_outputs_and_the_contract() -> None:
    interval = QuantileInterval(coverage=0.9, scale="identity", margin=2.0)
    content = add_interval(
        small_onnx(interval=interval), (small_onnx(0.5), small_onnx(2.0)), interval, X
    )
    outputs = onnx.load_from_string(content).graph.output
    assert [output.name for output in outputs] == ["predict", "interval"]
    assert Model(content).contract.interval == interval


def test_a_graph_that_differs_from_its_definition_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Swapped(QuantileInterval):
        def bounds(self, quantiles: np.ndarray, predictions: np.ndarray) -> np.ndarray:
            return super().bounds(quantiles, predictions) + 1e-9

    interval = Swapped(coverage=0.9, scale="identity", margin=2.0)
    quantile_models = (small_onnx(0.5), small_onnx(2.0))
    with pytest.raises(UserError, match="interval's ONNX graph differs from its definition"):
        onnx_interval.add_interval(small_onnx(interval=interval), quantile_models, interval, X[:3])


def test_bounds_are_computed_only_if_they_are_asked_for(capfd: pytest.CaptureFixture[str]) -> None:
    interval = QuantileInterval(coverage=0.9, scale="identity", margin=2.0)
    content = add_interval(
        small_onnx(interval=interval), (small_onnx(0.5), small_onnx(2.0)), interval, X
    )
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    capfd.readouterr()  # onnxruntime warns of an input with a default
    assert [given.name for given in session.get_inputs()] == ["X"]
    _, skipped = session.run(None, {"X": X})
    assert skipped.shape == (0, 2)
    _, bounds = session.run(None, {"X": X, "with_interval": np.array(True)})
    assert bounds.shape == (4, 2)
    Model(content)
    assert not capfd.readouterr().err
