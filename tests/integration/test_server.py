"""The server as a process: real model, real Feast store, real prediction log."""

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
from sqlalchemy import create_engine

from homestead.database.drift_reports import write_drift_report
from homestead.database.job_runs import write_job_run
from homestead.model.onnx_model import Model
from homestead.problem.contract import Contract
from homestead.problem.encoding import feature_matrix
from homestead.problem.schema import Problem
from tests.conftest import CHURN
from tests.factories import drift_report_row
from tests.serving import FULL, Server, World, ask, logged


def test_full_features_give_what_the_model_gives(server: Server, world: World) -> None:
    answer = ask(server, FULL)
    assert answer.status_code == 200
    model = Model(Path(world.models["boosting"].uri).read_bytes())
    frame = pd.DataFrame([FULL])
    expected = model.predict(feature_matrix(frame, model.contract))
    body = answer.json()
    assert body["data"]["names"] == ["stayed", "left"]
    assert np.allclose(body["data"]["ndarray"], expected, rtol=0, atol=0)
    tags = body["meta"]["tags"]
    assert tags["model_version"] == "1"
    assert tags["digest"] == model.digest
    server.wait(lambda: tags["prediction_id"] in set(logged(world.settings).prediction_id))


def test_a_key_alone_is_looked_up_and_equals_its_features(server: Server, world: World) -> None:
    row = world.valid.iloc[-1]
    names = ["plan", "months", "satisfaction", "paperless", "region"]
    attributes = json.loads(row[names].to_json())
    by_key = ask(server, {"customer": int(row.customer)})
    assert by_key.status_code == 200, by_key.text
    # The usual mix: attributes of somebody never seen, whose region is looked up.
    mixed = ask(server, attributes)
    assert mixed.json()["data"] == by_key.json()["data"]


def test_all_encodings_agree(server: Server) -> None:
    expected = ask(server, FULL).json()["data"]["ndarray"]
    names, values = list(FULL), list(FULL.values())
    table = {"data": {"names": names, "ndarray": [values, values]}}
    found = httpx.post(f"{server.url}/api/v1.0/predictions", json=table).json()
    assert found["data"]["ndarray"] == expected * 2
    kinds = {"plan": "BYTES", "months": "INT64", "paperless": "BOOL"}
    inputs = [
        {"name": n, "shape": [1], "datatype": kinds.get(n, "FP64"), "data": [v]}
        for n, v in FULL.items()
    ]
    infer = f"{server.url}/v2/models/churn/infer"
    found = httpx.post(infer, json={"id": "mine", "inputs": inputs}).json()
    assert found["id"] == "mine"
    outputs = {one["name"]: one for one in found["outputs"]}
    assert outputs["probabilities"]["data"] == expected[0]
    assert outputs["predict"]["data"] == [["stayed", "left"][int(np.argmax(expected[0]))]]
    row = [2.0, 7.5, 1.0, 2.0, 0.4]
    matrix = {"name": "X", "shape": [1, 5], "datatype": "FP64", "data": row}
    found = httpx.post(infer, json={"inputs": [matrix]}).json()
    assert found["outputs"][1]["data"] == expected[0]


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"colour": "red"}, 400, "unknown field colour"),
        ({"plan": "gold"}, 400, "plan: found 'gold', allowed are basic, plus, pro"),
        ({"plan": None}, 400, "plan: found null"),
        ({"months": 2.5}, 400, "months: found 2.5, allowed is an integer"),
        ({"months": 10**400}, 400, "months"),
        ({"months": 601}, 400, "months: found 601, allowed is 0 to 600"),
        ({"paperless": "maybe"}, 400, "paperless: found 'maybe', allowed is true or false"),
        ({"satisfaction": [1]}, 400, "satisfaction: found [1]"),
        ({"day": "yesterday"}, 400, "day: found 'yesterday'"),
        ({"trouble": "much"}, 400, "trouble"),
    ],
)
def test_bad_fields_are_named(
    server: Server, change: dict[str, object], status: int, message: str
) -> None:
    answer = ask(server, {**FULL, **change})
    assert answer.status_code == status
    assert message in answer.json()["status"]["info"]


def test_unknown_and_missing(server: Server) -> None:
    answer = ask(server, {"customer": 99999})
    assert (answer.status_code, answer.json()["status"]["info"]) == (404, "unknown customer 99999")
    without = {name: value for name, value in FULL.items() if name != "plan"}
    answer = ask(server, without)
    assert answer.status_code == 400
    assert "missing field plan" in answer.json()["status"]["info"]
    assert ask(server, {**FULL, "satisfaction": None}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"jsonData": NaN}',
        b'{"jsonData": {"months": NaN}}',
        b'{"jsonData": 3}',
        b'{"jsonData": []}',
        b'{"jsonData": [1, "x", null]}',
        b'{"data": {"ndarray": [[1, 2]]}}',
        b'{"data": {"ndarray": 7}}',
        b'{"data": {"names": ["a", "a"], "ndarray": [[1, 2]]}}',
        b'{"data": {"names": ["plan"], "ndarray": [["pro", 1]]}}',
        b'{"data": {"tensor": {"shape": [1, 2], "values": [1]}}}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"meta": 5, "jsonData": {}}',
    ],
)
def test_bad_bodies_get_a_4xx(server: Server, body: bytes) -> None:
    for path in ("/predict", "/v2/models/churn/infer"):
        answer = httpx.post(f"{server.url}{path}", content=body)
        assert 400 <= answer.status_code < 500, answer.text
    assert ask(server, FULL).status_code == 200


def test_too_large_wrong_path_and_method(server: Server) -> None:
    assert httpx.post(f"{server.url}/predict", content=b" " * 5_000_000).status_code == 413
    assert httpx.get(f"{server.url}/predict").status_code == 405
    assert httpx.get(f"{server.url}/nowhere").status_code == 404


def test_metadata_health_and_metrics(server: Server) -> None:
    found = httpx.get(f"{server.url}/v2/models/churn").json()
    assert found["inputs"][0] == {"name": "X", "datatype": "FP64", "shape": [-1, 5]}
    for path in ("/v2/health/live", "/v2/health/ready", "/health/ping", "/health/status"):
        assert httpx.get(f"{server.url}{path}").status_code == 200
    ask(server, {**FULL, "plan": "gold"})
    metrics = server.metrics()
    assert 'homestead_predictions_total{model="churn",version="1"}' in metrics
    assert (
        'homestead_prediction_duration_seconds_bucket{le="0.0001",model="churn",version="1"}'
        in metrics
    )
    assert 'homestead_rejected_requests_total{model="churn",reason="type"}' in metrics
    assert 'homestead_http_requests_total{code="400",model="churn",route="/predict"}' in metrics
    assert 'homestead_http_requests_in_flight{model="churn"} 0.0' in metrics
    for process in ("server", "worker"):
        assert f'process_resident_memory_bytes{{model="churn",process="{process}"}}' in metrics


def test_a_new_champion_without_a_restart_and_a_broken_plan(server: Server, world: World) -> None:
    def version() -> str:
        return str(ask(server, FULL).json()["meta"]["tags"]["model_version"])

    wrong = world.models["forest"].model_copy(update={"digest": "0" * 64})
    world.release(wrong)
    server.wait(
        lambda: 'homestead_release_plan_errors_total{model="churn"} 1.0' in server.metrics(), 5
    )
    assert version() == "1"
    world.release(world.models["forest"])
    server.wait(lambda: version() == "2", 5)
    world.release(world.models["boosting"])
    server.wait(lambda: version() == "1", 5)


def load(server: Server, answered: list[str], stop: threading.Event, failed: list[str]) -> None:
    with httpx.Client(base_url=server.url) as client:
        while not stop.is_set():
            try:
                answer = client.post("/predict", json={"jsonData": FULL})
            except httpx.TransportError as error:
                failed.append(str(error))
                return
            if answer.status_code == 200:
                answered.append(answer.json()["meta"]["tags"]["prediction_id"])


def test_concurrent_clients_get_the_responses_to_their_own_requests(server: Server) -> None:
    rows = [{**FULL, "months": 1 + i, "satisfaction": i % 10 + 0.5} for i in range(40)]
    rows[7] = {**FULL, "plan": "none"}
    rows[21] = {name: value for name, value in FULL.items() if name != "plan"}
    alone = [ask(server, row) for row in rows]

    def answers(number: int) -> list[tuple[int, Any]]:
        found = []
        with httpx.Client(base_url=server.url) as client:
            for i in range(len(rows)):
                at = (i * 7 + number) % len(rows)
                answer = client.post("/predict", json={"jsonData": rows[at]})
                found.append((at, answer))
        return found

    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(answers, range(8)):
            for at, answer in found:
                assert answer.status_code == alone[at].status_code
                if answer.status_code == 200:
                    expected = alone[at].json()["data"]["ndarray"]
                    assert np.allclose(answer.json()["data"]["ndarray"], expected, rtol=1e-12)


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_every_answered_prediction_is_logged_once(world: World, ending: signal.Signals) -> None:
    running = Server(world.settings.home)
    answered: list[str] = []
    stop = threading.Event()
    workers = [threading.Thread(target=load, args=(running, answered, stop, [])) for _ in range(4)]
    for worker in workers:
        worker.start()
    running.wait(lambda: len(answered) > 100)
    running.process.send_signal(ending)
    running.process.wait(30)
    stop.set()
    for worker in workers:
        worker.join()
    # The next server ships what a killed one left.
    after = Server(world.settings.home)
    after.wait(lambda: set(answered) <= set(logged(world.settings).prediction_id), 20)
    assert after.stop() == 0
    assert not logged(world.settings).duplicated(["prediction_id", "row"]).any()


def test_a_restarted_server_exposes_the_job_status_again(world: World) -> None:
    engine = create_engine(world.settings.database_url)
    write_drift_report(engine, drift_report_row(problem="churn", at=1.5e9, share=0.75, rows=300))
    engine.dispose()
    write_job_run(world.settings.database_url, "churn", "drift", "failed")
    for _ in range(2):
        running = Server(world.settings.home)
        # The last gauge that is set, so the others are exposed once it is.
        task = (
            'homestead_task_finished_timestamp_seconds{model="churn",outcome="failed",task="drift"}'
        )
        running.wait_for_metric(task)
        exposed = running.metrics()
        assert 'homestead_drift_share{model="churn"} 0.75' in exposed
        assert 'homestead_drift_checked_timestamp_seconds{model="churn"} 1.5e+09' in exposed
        # Exposed before the first failure, so that Prometheus' rates include it.
        assert 'homestead_failed_requests_total{model="churn",reason="log"} 0.0' in exposed
        assert running.stop() == 0


def test_no_release_is_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "homestead", "serve", "--problem", str(CHURN)],
        env={**os.environ, "HOMESTEAD_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "no release yet: run homestead train first" in done.stderr
    assert "Traceback" not in done.stderr


def test_contract_travels_with_the_model(world: World, churn: Problem) -> None:
    content = Path(world.models["forest"].uri).read_bytes()
    assert Model(content).contract == Contract.from_problem(churn)
