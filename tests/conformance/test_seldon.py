"""Seldon's own client, tester and wrapper (seldon-core 1.17.1) against this server and model."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from homestead.cli.demo_server import free_port
from tests.conformance.conftest import ROOT, ROWS, Served, calls, running

PROGRAMS = Callable[[str], Path]


@pytest.fixture(scope="module")
def wrapper(served: Served, python_of: PROGRAMS) -> Iterator[str]:
    """Our model class under ``seldon-core-microservice``: its URL."""
    port = free_port()
    parameters = [
        {"name": "model_uri", "value": str(served.path), "type": "STRING"},
        {"name": "version", "value": "1", "type": "STRING"},
    ]
    command = [
        str(python_of("seldon") / "seldon-core-microservice"),
        *("homestead.serving.seldon_wrapper.SeldonModel", "--service-type", "MODEL"),
        *("--parameters", json.dumps(parameters)),
        *("--http-port", str(port), "--grpc-port", str(free_port())),
        *("--metrics-port", str(free_port())),
    ]
    url = f"http://127.0.0.1:{port}"
    with running(command, f"{url}/health/status", PYTHONPATH=str(ROOT), PYTHONWARNINGS="ignore"):
        yield url


@pytest.fixture(scope="module")
def found(served: Served, python_of: PROGRAMS) -> dict[str, Any]:
    return calls("seldon_calls.py", python_of("seldon"), served.address)


def table(answer: dict[str, Any]) -> np.ndarray:
    assert answer["success"], answer
    data = answer["response"]["data"]
    assert data["names"] == ["stayed", "left"]
    if "tensor" in data:
        return np.reshape(data["tensor"]["values"], data["tensor"]["shape"])
    return np.array(data["ndarray"])


@pytest.mark.parametrize("kind", ["tensor", "ndarray"])
def test_its_client_gets_what_the_model_says(
    found: dict[str, Any], served: Served, kind: str
) -> None:
    expected = served.model.predict(np.array(found["matrix"]))
    for way in ("api", "wrapper"):
        np.testing.assert_allclose(table(found[f"{way}_{kind}"]), expected, rtol=1e-12)


def test_its_client_sends_named_fields_and_reads_a_refusal(
    found: dict[str, Any], served: Served
) -> None:
    assert table(found["json"]).shape == (len(ROWS), 2)
    np.testing.assert_array_equal(table(found["json"]), table(found["wrapper_json"]))
    assert not found["refused"]["success"]
    assert "400" in found["refused"]["msg"]
    assert "unknown field colour" in found["refused"]["response"]["status"]["info"]


def test_its_client_sends_feedback(found: dict[str, Any]) -> None:
    assert found["feedback"]["success"], found["feedback"]
    assert found["wrapper_feedback"]["success"], found["wrapper_feedback"]


def number(name: str, low: float, high: float, kind: str = "FLOAT") -> dict[str, Any]:
    return {"name": name, "dtype": kind, "ftype": "continuous", "range": [low, high]}


def choice(name: str, *values: object) -> dict[str, Any]:
    return {"name": name, "dtype": "STRING", "ftype": "categorical", "values": values}


# What the tester draws its requests from. Asking for predictions it sends names, so fields as
# they are; giving feedback it sends none, so the model's inputs with their codes.
FIELDS = [
    choice("plan", "basic", "plus", "pro"),
    number("months", 0, 600, "INT"),
    number("satisfaction", 0, 10),
    choice("paperless", True, False),
    number("trouble", 0, 1),
]
INPUTS = [
    number("plan", 0, 2, "INT"),
    number("satisfaction", 0, 10),
    number("paperless", 0, 1, "INT"),
    number("years", 0, 50),
    number("trouble", 0, 1),
]


@pytest.mark.parametrize(
    ("endpoint", "features", "form"),
    [
        ("predict", FIELDS, []),
        ("send-feedback", INPUTS, []),
        ("send-feedback", INPUTS, ["--tensor"]),
    ],
    ids=["predict", "feedback", "feedback-tensor"],
)
def test_its_microservice_tester_passes(
    served: Served,
    python_of: PROGRAMS,
    tmp_path: Path,
    endpoint: str,
    features: list[dict[str, Any]],
    form: list[str],
) -> None:
    path = tmp_path / "contract.json"
    path.write_text(json.dumps({"features": features, "targets": [number("left", 0, 1)]}))
    command = [
        str(python_of("seldon") / "seldon-core-microservice-tester"),
        *(str(path), "127.0.0.1", str(served.port), "--endpoint", endpoint),
        *("-n", "3", "-b", "4", "-p", *form),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    answers = done.stdout.split("RECEIVED RESPONSE:")[1:]
    assert len(answers) == 3
    for answer in answers:
        assert "FAILURE" not in answer, done.stdout
        expected = "prediction_id" if endpoint == "predict" else "Success:True"
        assert expected in answer, done.stdout


REQUESTS = [
    {"jsonData": ROWS},
    {"jsonData": ROWS[0]},
    {"data": {"names": list(ROWS[0]), "ndarray": [list(row.values()) for row in ROWS]}},
    {"data": {"ndarray": [[2.0, 7.5, 1.0, 2.0, 0.4], [0, None, 0, 10.0, 0.25]]}},
    {"data": {"tensor": {"shape": [1, 5], "values": [1, 2.5, 0, 4, 0.5]}}},
    {"meta": {"puid": "mine"}, "jsonData": ROWS[2]},
    # What must not be answered with a prediction.
    {"jsonData": {**ROWS[0], "plan": "gold"}},
    {"jsonData": {**ROWS[0], "months": 601}},
    {"jsonData": {**ROWS[0], "colour": "red"}},
    {"data": {"ndarray": [[1, 2]]}},
    {"data": {"ndarray": [], "tensor": {}}},
    {},
]


@pytest.mark.parametrize("request_body", REQUESTS, ids=range(len(REQUESTS)))
def test_our_class_under_its_wrapper_answers_the_same(
    served: Served, wrapper: str, request_body: dict[str, Any]
) -> None:
    ours = httpx.post(f"http://{served.address}/predict", json=request_body)
    theirs = httpx.post(f"{wrapper}/predict", json=request_body)
    assert ours.status_code == theirs.status_code, (ours.text, theirs.text)
    mine, other = ours.json(), theirs.json()
    if ours.status_code != 200:
        assert mine["status"]["info"] == other["status"]["info"]
        return
    assert mine["data"] == other["data"]
    for answer in (mine, other):
        answer["meta"]["tags"].pop("prediction_id")
        if "meta" not in request_body:
            answer["meta"].pop("puid")
    assert mine["meta"]["tags"] == other["meta"]["tags"]
    assert mine["meta"].get("puid") == other["meta"].get("puid")


@pytest.mark.parametrize("path", ["/health/ping", "/health/status", "/metadata"])
def test_what_its_wrapper_has_is_here_too(served: Served, wrapper: str, path: str) -> None:
    assert httpx.get(f"{wrapper}{path}").status_code == 200
    assert httpx.get(f"http://{served.address}{path}").status_code == 200
