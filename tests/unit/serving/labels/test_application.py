"""The port of labels: who may tell what became true, and the answer for each row."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from homestead.cli.demo.server import free_port
from homestead.database.engine import open_database
from homestead.errors import UserError
from homestead.serving.errors import RefusedError
from homestead.serving.labels.application import LabelsApplication, decode_rows
from homestead.serving.request_limits import MAX_ROWS
from homestead.settings import Settings
from tests.unit.prediction_log.labels.labelled_log import log, predicted, problem, truths

TOKEN = "secret of the port"  # noqa: S105 - of this test
HEADERS = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", labels_token=TOKEN, drain_s=0, finish_s=0.5)


@pytest.fixture
def client(settings: Settings, tmp_path: Path) -> Iterator[httpx.Client]:
    """Run `homestead labels serve` for a problem, and return a client of its port."""
    file = tmp_path / "flats.yaml"
    content = problem().model_dump(mode="json", exclude_defaults=True)
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    port = free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "homestead", "labels", "serve"),
            *("--problem", str(file), "--port", str(port)),
        ],
        env={**os.environ, **settings.environment()},
    )
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as found:
        deadline = time.monotonic() + 60
        while True:
            assert process.poll() is None and time.monotonic() < deadline
            try:
                assert found.get("/health/ready").status_code == 200
                assert found.get("/health/live").json() == {"status": "ok"}
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield found
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def test_labels_are_joined_and_each_row_has_its_answer(
    client: httpx.Client, settings: Settings
) -> None:
    engine = open_database(settings.database_url)
    log(engine, predicted("a"), predicted("b", request_id="mine"))
    rows: list[dict[str, Any]] = [
        {"prediction_id": "a", "rent": 5.5},
        {"request_id": "mine", "rent": 6, "row": 0},
        {"prediction_id": "later", "rent": 7},
        {"prediction_id": "a", "rent": "dear"},
        {"prediction_id": "a", "rent": None},
        {"prediction_id": "a", "rent": 5.5},
    ]
    assert client.post("/labels", json=rows).status_code == 401
    wrong = client.post("/labels", json=rows, headers={"authorization": "Bearer secret"})
    assert wrong.status_code == 401
    assert truths(engine) == {}
    response = client.post("/labels", json={"labels": rows}, headers=HEADERS)
    assert response.status_code == 200
    content = response.json()
    assert content["counts"] == {"joined": 2, "waiting": 1, "quarantined": 2, "known": 1}
    statuses = [row["status"] for row in content["labels"]]
    assert sorted((statuses[0], statuses[5])) == ["joined", "known"]
    assert statuses[1:5] == ["joined", "waiting", "quarantined", "quarantined"]
    assert content["labels"][1]["prediction_id"] == "b"
    assert content["labels"][2]["reason"] == "no prediction in the log matches it"
    assert content["labels"][3]["reason"] == "rent: found 'dear', allowed is a number"
    assert content["labels"][4]["reason"] == "rent: missing"
    assert truths(engine) == {("a", 0): 5.5, ("b", 0): 6}
    corrected = client.post("/labels", json={"prediction_id": "a", "rent": 8}, headers=HEADERS)
    assert corrected.json()["labels"] == [{"status": "corrected", "prediction_id": "a", "row": 0}]
    engine.dispose()
    for body, message in (
        (b"{", "the body is not JSON"),
        (json.dumps([{"rent": 1}]).encode(), "no column says which predictions"),
        (json.dumps([{"prediction_id": "a", "price": 1}]).encode(), "missing column rent"),
    ):
        refused = client.post("/labels", content=body, headers=HEADERS)
        assert refused.status_code == 400
        assert message in refused.json()["error"]
    assert client.get("/labels", headers=HEADERS).status_code == 405
    assert client.get("/other").status_code == 404


def test_a_port_without_a_token_is_not_opened(settings: Settings) -> None:
    engine = open_database("sqlite://")
    open_port = settings.model_copy(update={"labels_token": ""})
    with pytest.raises(UserError, match="HOMESTEAD_LABELS_TOKEN: not set"):
        LabelsApplication(problem(), open_port, engine)
    engine.dispose()


@pytest.mark.parametrize(
    ("content", "status", "message"),
    [
        ([], 400, "found no label"),
        (3, 400, "allowed is a list of objects"),
        ([1], 400, "allowed is a list of objects"),
        ([{"prediction_id": ["a"]}], 400, "label 0: prediction_id: allowed is a single value"),
        ([{}] * (MAX_ROWS + 1), 413, f"allowed are {MAX_ROWS}"),
    ],
)
def test_a_body_of_another_shape_is_refused(content: Any, status: int, message: str) -> None:
    with pytest.raises(RefusedError, match=message) as raised:
        decode_rows(json.dumps(content).encode())
    assert raised.value.status == status
