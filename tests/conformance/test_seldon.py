"""Seldon's own client, tester and wrapper (seldon-core 1.18.2) against this server and model."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from homestead.cli.demo.server import free_port
from tests.conformance.conftest import ROOT, ROWS, SELDON_ENVIRONMENT, Served, calls, running

PROGRAMS = Callable[[str], Path]


class Wrapper(NamedTuple):
    """A running ``seldon-core-microservice``."""

    url: str
    metrics_url: str


@contextmanager
def wrapped(model: str, programs: Path, *options: str) -> Iterator[Wrapper]:
    """Run a model class under ``seldon-core-microservice``."""
    port, metrics_port = free_port(), free_port()
    command = [
        *(str(programs / "seldon-core-microservice"), model, "--service-type", "MODEL"),
        *("--http-port", str(port), "--grpc-port", str(free_port())),
        *("--metrics-port", str(metrics_port), *options),
    ]
    url = f"http://127.0.0.1:{port}"
    environment = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", **SELDON_ENVIRONMENT}
    with running(command, f"{url}/health/status", **environment):
        yield Wrapper(url, f"http://127.0.0.1:{metrics_port}/metrics")


@pytest.fixture(scope="module")
def wrapper(served: Served, python_of: PROGRAMS) -> Iterator[Wrapper]:
    """Our model class under Seldon's wrapper."""
    parameters = [
        {"name": "model_uri", "value": str(served.path), "type": "STRING"},
        {"name": "version", "value": "1", "type": "STRING"},
    ]
    model = "homestead.serving.seldon_wrapper.SeldonModel"
    options = ("--parameters", json.dumps(parameters))
    with wrapped(model, python_of("seldon"), *options) as running_wrapper:
        yield running_wrapper


@pytest.fixture(scope="module")
def plain(python_of: PROGRAMS) -> Iterator[Wrapper]:
    """Leave the whole message to Seldon's wrapper."""
    model = "tests.conformance.plain_model.PlainModel"
    with wrapped(model, python_of("seldon")) as running_wrapper:
        yield running_wrapper


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
    {"meta": {"tags": {"a": [1, None]}, "requestPath": {"before": "i:1"}}, "jsonData": ROWS},
    {"meta": {"tags": {"batch_id": "b"}}, "jsonData": ROWS},
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
    served: Served, wrapper: Wrapper, request_body: dict[str, Any]
) -> None:
    ours = httpx.post(f"http://{served.address}/predict", json=request_body)
    theirs = httpx.post(f"{wrapper.url}/predict", json=request_body)
    assert ours.status_code == theirs.status_code, (ours.text, theirs.text)
    mine, other = ours.json(), theirs.json()
    if ours.status_code != 200:
        assert mine["status"]["info"] == other["status"]["info"]
        return
    assert mine["data"] == other["data"]
    for answer in (mine, other):
        answer["meta"]["tags"].pop("prediction_id")
        if "puid" not in request_body.get("meta", {}):
            answer["meta"].pop("puid")
    assert mine["meta"] == other["meta"]


@pytest.mark.parametrize(
    "meta",
    [
        {},
        {"puid": "mine", "tags": {"a": 1, "b": {"c": [None, "d"]}}},
        {"puid": "mine", "requestPath": {"before": "image:1"}},
    ],
    ids=["empty", "tags", "path"],
)
def test_its_wrapper_returns_the_same_meta(
    served: Served, plain: Wrapper, meta: dict[str, Any]
) -> None:
    body = {"meta": meta, "data": {"ndarray": [[1, 2.5, 0, 4, 0.5]]}}
    ours = httpx.post(f"http://{served.address}/predict", json=body).json()["meta"]
    theirs = httpx.post(f"{plain.url}/predict", json=body).json()["meta"]
    # We always say which prediction it is, of which model.
    for tag in ("prediction_id", "model_version", "digest", "labels"):
        ours["tags"].pop(tag)
    if not ours["tags"]:
        ours.pop("tags")
    if "puid" not in meta:
        ours.pop("puid")
    assert ours == theirs


@pytest.mark.parametrize(
    "path",
    [
        "/health/ping",
        "/health/status",
        "/api/v1.0/health/status",
        "/metadata",
        "/api/v1.0/metadata",
    ],
)
def test_what_its_wrapper_has_is_here_too(served: Served, wrapper: Wrapper, path: str) -> None:
    assert httpx.get(f"{wrapper.url}{path}").status_code == 200
    assert httpx.get(f"http://{served.address}{path}").status_code == 200


@pytest.mark.parametrize("path", ["/predict", "/api/v1.0/predictions", "/api/v0.1/predictions"])
def test_a_form_is_understood_at_each_path(served: Served, wrapper: Wrapper, path: str) -> None:
    fields = {"jsonData": (None, json.dumps(ROWS)), "meta": (None, '{"tags": {"a": 1}}')}
    answers = [
        httpx.post(f"{url}{path}", files=fields)
        for url in (f"http://{served.address}", wrapper.url)
    ]
    assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
    mine, other = (answer.json() for answer in answers)
    assert mine["data"] == other["data"]
    assert mine["meta"]["tags"]["a"] == other["meta"]["tags"]["a"] == 1


def test_feedback_is_counted_as_by_its_wrapper(served: Served, wrapper: Wrapper) -> None:
    before = feedback_counters(f"http://127.0.0.1:{served.metrics_port}/prometheus")
    messages: list[dict[str, Any]] = [
        {"reward": 0.5},
        {"reward": 1, "response": {"meta": {"puid": "a"}}},
        {},
    ]
    for path in ("/send-feedback", "/api/v0.1/feedback"):
        for message in messages:
            for url in (f"http://{served.address}", wrapper.url):
                assert httpx.post(f"{url}{path}", json=message).status_code == 200
    ours = feedback_counters(f"http://127.0.0.1:{served.metrics_port}/prometheus")
    theirs = feedback_counters(wrapper.metrics_url)
    assert len(theirs) == 2
    assert {name: value - before[name] for name, value in ours.items()} == theirs


def feedback_counters(url: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return Seldon's counters by name and labels, but for the id of the process."""
    return {
        (sample.name, frozenset({**sample.labels, "worker_id": ""}.items())): sample.value
        for family in text_string_to_metric_families(httpx.get(url).text)
        for sample in family.samples
        if re.fullmatch(r"seldon_api_model_feedback(_reward)?_total", sample.name)
    }


@pytest.mark.parametrize("size", [1, 3])
def test_its_batch_processor_matches_answers_to_inputs(
    served: Served, python_of: PROGRAMS, tmp_path: Path, size: int
) -> None:
    matrix = [[i % 3, i / 2, i % 2, i, i / 10] for i in range(7)]
    lines, answers = tmp_path / "in.txt", tmp_path / "out.txt"
    lines.write_text("".join(f"{json.dumps([row])}\n" for row in matrix))
    command = [
        *(str(python_of("seldon") / "seldon-batch-processor"), "--deployment-name", "churn"),
        *("--gateway-type", "seldon", "--host", served.address, "--batch-size", str(size)),
        *("--input-data-path", str(lines), "--output-data-path", str(answers)),
        *("--batch-id", "night", "--workers", "2"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in answers.read_text().splitlines()]
    probabilities = served.model.predict(np.array(matrix, dtype=float))
    assert sorted(answer["meta"]["tags"]["batch_index"] for answer in found) == list(range(7))
    for answer in found:
        tags, (row,) = answer["meta"]["tags"], answer["data"]["ndarray"]
        assert tags["batch_id"] == "night", done.stderr
        assert tags["batch_instance_id"]
        expected = probabilities[int(tags["batch_index"])]
        np.testing.assert_allclose(row[:2], expected, rtol=1e-12)
        label = ["stayed", "left"][int(np.argmax(expected))]
        # Of a micro-batch each line has all tags, but its own row of the table.
        is_alone = "labels" in tags
        assert (tags["labels"] if is_alone else row[2:]) == [label]


def test_its_batch_processor_sends_feedback(
    served: Served, python_of: PROGRAMS, tmp_path: Path
) -> None:
    answered = httpx.post(f"http://{served.address}/predict", json={"jsonData": ROWS[0]}).json()
    messages = [
        {"response": {"meta": answered["meta"]}, "truth": {"data": {"ndarray": [["left"]]}}},
        {"response": {"data": answered["data"]}, "reward": 0.5},
    ]
    lines, answers = tmp_path / "in.txt", tmp_path / "out.txt"
    lines.write_text("".join(f"{json.dumps(message)}\n" for message in messages))
    command = [
        *(str(python_of("seldon") / "seldon-batch-processor"), "--deployment-name", "churn"),
        *("--gateway-type", "seldon", "--host", served.address, "--method", "feedback"),
        *("--data-type", "raw", "--input-data-path", str(lines)),
        *("--output-data-path", str(answers), "--batch-id", "night"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    found = [json.loads(line) for line in answers.read_text().splitlines()]
    assert [answer["meta"]["tags"]["batch_index"] for answer in found] == [0, 1]
    assert not [answer for answer in found if "status" in answer], done.stderr
    assert "feedback_id" in found[0]["meta"]["tags"]
