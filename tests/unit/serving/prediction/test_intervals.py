"""Prediction intervals and labels by cost, in the answers of each protocol."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from homestead.model.onnx_interval import add_interval
from homestead.model.onnx_model import Model
from homestead.problem.answers.decision import Decision
from homestead.problem.answers.interval import PredictionInterval, QuantileInterval
from homestead.release.plan import ModelVersion
from homestead.serving.protocols import mlflow_scoring, seldon, tensorflow, v2
from homestead.serving.protocols.base import PredictionResponse
from homestead.settings import Settings
from tests.homes import homes_contract
from tests.small_models import SMALL_ROW, SmallServer, release, save_version, small_onnx

INTERVAL = PredictionInterval(coverage=0.9, scale="identity", half_width=10.0)
V2_INPUTS = [
    {"name": name, "shape": [1], "datatype": "FP64", "data": [float(value)]}
    for name, value in SMALL_ROW.items()
]


@pytest.fixture
def server(settings: Settings) -> SmallServer:
    release(settings, save_version(settings.home, "1", interval=INTERVAL))
    return SmallServer(settings)


@pytest.mark.parametrize(
    ("protocol", "content", "path"),
    [
        (
            seldon,
            {"jsonData": SMALL_ROW, "meta": {"tags": {"interval": True}}},
            ("meta", "tags", "interval"),
        ),
        (v2, {"inputs": V2_INPUTS, "parameters": {"interval": True}}, ("outputs", 1)),
        (
            mlflow_scoring,
            {"instances": [SMALL_ROW], "params": {"interval": True}},
            ("predictions", 0, "interval"),
        ),
    ],
)
def test_an_interval_is_in_the_answer_on_request(
    server: SmallServer, protocol: ModuleType, content: dict[str, Any], path: tuple[Any, ...]
) -> None:
    status, answer = server.post(content, protocol)
    assert status == 200
    for key in path:
        answer = answer[key]
    expected: dict[ModuleType, Any] = {
        seldon: {"coverage": 0.9, "low": [73.0], "high": [93.0]},
        v2: {
            "name": "interval",
            "datatype": "FP64",
            "shape": [1, 2],
            "data": [73.0, 93.0],
            "parameters": {"coverage": 0.9},
        },
        mlflow_scoring: [73.0, 93.0],
    }
    assert answer == expected[protocol]


def test_the_path_may_ask_for_it_and_an_answer_without_is_as_ever(server: SmallServer) -> None:
    content = {"instances": [SMALL_ROW]}
    _, answer = server.post(content, tensorflow, interval=True)
    assert answer["predictions"] == [{"predict": 83.0, "interval": [73.0, 93.0]}]
    _, answer = server.post(content, tensorflow)
    assert answer["predictions"] == [83.0]


def test_a_model_without_intervals_says_how_to_get_them(settings: Settings) -> None:
    release(settings, save_version(settings.home, "1"))
    status, answer = SmallServer(settings).post({"jsonData": SMALL_ROW}, interval=True)
    assert status == 400
    assert answer["status"]["reason"] == "interval"
    assert "the problem's key 'interval' makes them" in answer["status"]["info"]


def test_an_interval_on_the_logarithm_is_a_factor_up_and_down() -> None:
    interval = PredictionInterval(coverage=0.9, scale="log", half_width=0.5)
    contract = homes_contract(interval=interval)
    assert isinstance(contract.interval, PredictionInterval)
    low, high = contract.interval.bounds(np.array([100.0]))[0]
    assert 0 < low < 100 < high
    assert low * high == pytest.approx(100.0**2)


def test_the_label_follows_the_threshold() -> None:
    contract = homes_contract(
        task="classification", classes=("no", "yes"), decision=Decision(threshold=0.1)
    )
    rows = [[0.95, 0.05], [0.9, 0.1], [0.2, 0.8]]
    response = PredictionResponse("p", None, contract, "1", "d" * 64, rows)
    assert response.labels == ["no", "yes", "yes"]


def test_bounds_of_quantiles_come_from_the_graph(settings: Settings) -> None:
    """Inputs of 80 and 3: each bound is a model of its own, and the prediction is asked alone."""
    interval = QuantileInterval(coverage=0.9, scale="identity", margin=2.0)
    quantile_models = (small_onnx(0.5), small_onnx(2.0))
    X = np.array([[80.0, 3.0], [-80.0, 3.0]])
    content = add_interval(small_onnx(interval=interval), quantile_models, interval, X)
    path = settings.home / "1.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    release(settings, ModelVersion(version="1", digest=Model(content).digest, uri=str(path)))
    server = SmallServer(settings)
    _, answer = server.post({"jsonData": SMALL_ROW}, interval=True)
    assert answer["meta"]["tags"]["interval"] == {"coverage": 0.9, "low": [39.5], "high": [168.0]}
    _, answer = server.post({"jsonData": SMALL_ROW})
    assert "interval" not in answer["meta"]["tags"]
    assert answer["data"]["ndarray"] == [[83.0]]
