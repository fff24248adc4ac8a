"""A server that has something to show on each panel: a release, jobs' results, and requests."""

import signal
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import sqlalchemy as sa

from homestead.database.drift_reports import write_drift_report
from homestead.database.engine import open_database
from homestead.database.job_runs import Job, JobOutcome, write_job_run
from homestead.model.onnx_model import Model
from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.labels.add import add_labels
from homestead.prediction_log.labels.parse import parse_labels
from homestead.problem.schema import Problem
from homestead.problem.sections.column import Column
from homestead.problem.sections.release import ReleasePolicy
from homestead.release.plan import write_plan
from homestead.release.transitions import desired_plan
from homestead.retraining.decision import Decision
from homestead.retraining.records import RetrainingRecords
from homestead.settings import Settings
from homestead.steps.performance.stored_reports import store_report
from homestead.steps.releases.records import ReleaseRecords
from tests import factories
from tests.certified import certify
from tests.conftest import Redis
from tests.serving import FULL, Server, World, with_contract

TOKEN = "s3cret"  # noqa: S105
FEW = "few"
_NAME = "churn"
_DAY_S = 86_400.0
_RUNS: tuple[tuple[Job, JobOutcome], ...] = (
    *(("training", "failed"), ("training", "succeeded"), ("materialization", "succeeded")),
    *(("drift", "succeeded"), ("performance", "succeeded"), ("release", "succeeded")),
    ("retraining", "succeeded"),
)


def write_results(settings: Settings, churn: Problem) -> None:
    """Write what the jobs of a problem leave in the database, and labels of a day's predictions.

    Another problem, ``few``, has a drift report without a verdict.
    """
    engine, now = open_database(settings.database_url), time.time()
    calibrated = factories.calibrated_drift().model_dump(mode="json")
    report = factories.drift_report_row(problem=_NAME, at=now - 3600, calibrated=calibrated)
    write_drift_report(engine, report)
    few = {"problem": FEW, "verdict": "inconclusive", "share": None, "rows": 7, "at": now}
    write_drift_report(engine, factories.drift_report_row(**few))
    performance = factories.performance_report(problem=_NAME, at=datetime.now(UTC))
    assert performance.measured is not None
    estimated = performance.measured.model_copy(update={"verdict": "inconclusive"})
    store_report(engine, performance.model_copy(update={"estimated": estimated}))
    _write_labels(engine, churn, now)
    _write_retraining(engine, now)
    engine.dispose()
    for job, outcome in _RUNS:
        write_job_run(settings.database_url, _NAME, job, outcome)


def _write_labels(engine: sa.Engine, churn: Problem, now: float) -> None:
    entry = factories.prediction_entry("yesterday", 1.0)
    entry.problem, entry.timestamp_s = _NAME, now - _DAY_S
    assert insert_lines(engine, [entry]) == []
    labels = [("yesterday", "left"), ("to come", "stayed"), ("yesterday", "moved")]
    table = pd.DataFrame(labels, columns=["prediction_id", "outcome"], dtype=object)
    parsed = parse_labels(table, churn, log_key="", source="labels.csv", received_at=now)
    added = add_labels(engine, churn, parsed.batch)
    assert (added.joined, added.waiting, added.quarantined) == (1, 1, 1)


def _write_retraining(engine: sa.Engine, now: float) -> None:
    records = RetrainingRecords(engine, _NAME)
    first, second = (factories.cause(key=key, seen_at=now - 60) for key in ("r1", "r2"))
    run = factories.retraining_run(number=1, cause=first.id, started_at=now - 60, seen_at=now)
    records.start(run, Decision("start", "start", first.summary, (first,)))
    records.replace(run.changed(state="failed", ended_at=now))
    records.record(Decision("wait", "cool_down", "too early", (second,)), now)


def start_release(settings: Settings, world: World) -> None:
    """Start the release of a challenger that refuses customers of more than three months.

    An earlier release was rolled back.
    """
    now = time.time()
    months = {"months": Column(type="integer", range=(0, 3))}
    columns = Model(Path(world.models["forest"].uri).read_bytes()).contract.columns | months
    failing = with_contract(world, "forest", "8", columns=columns)
    boosting = world.models["boosting"].model_copy(update={"created": datetime.now(UTC)})
    champion = certify(settings, boosting, _NAME)
    challenger = certify(settings, failing, _NAME, champion.digest)
    fields: dict[str, Any] = {
        **{"problem": _NAME, "champion": champion, "challenger": challenger},
        **{"plan_before": None, "started_at": now, "changed_at": now, "step_since": now},
        **{"deadline": now + _DAY_S, "policy": ReleasePolicy(steps=(0.5, 1.0), paired_share=0.5)},
    }
    record = factories.release_record(2, **fields, id="churn-2")
    ended = {"state": "rolled_back", "ended_at": now}
    engine = open_database(settings.database_url)
    records = ReleaseRecords(engine, settings)
    records.start(factories.release_record(1, **(fields | ended), id="churn-1"))
    records.start(record)
    engine.dispose()
    plan = desired_plan(record)
    assert plan is not None
    write_plan(settings.release_plan(_NAME), plan)


class Load:
    """Clients of a server, one request after the other, until :meth:`stop`.

    Each round asks by key and by columns, in two protocols, with an explanation and with feedback,
    and makes the mistakes that clients make. In the third round the online store does not answer.
    """

    def __init__(self, server: Server, redis: Redis, keys: list[int]) -> None:
        self._server, self._redis, self._keys = server, redis, keys
        self._ended, self._has_failed = threading.Event(), threading.Event()
        self._thread = ThreadPoolExecutor(1)
        self._requests: Future[None] = self._thread.submit(self._ask)

    def wait_for_failures(self) -> None:
        """Wait until requests have failed because of the store, and it answers again."""
        assert self._has_failed.wait(60), self._requests

    def stop(self) -> None:
        """End; raises what a client found wrong."""
        self._ended.set()
        self._requests.result(60)
        self._thread.shutdown()

    def _ask(self) -> None:
        with httpx.Client(base_url=self._server.url, timeout=30) as client:
            number = 0
            while not self._ended.wait(0.1):
                number += 1
                if number == 3:
                    self._ask_without_store(client)
                    self._has_failed.set()
                key = self._keys[number % len(self._keys)]
                self._ask_one_round(client, key)

    def _ask_one_round(self, client: httpx.Client, key: int) -> None:
        rows = [{**FULL, "customer": key + i, "months": 2 + i} for i in range(4)]
        found = [predict(client, row) for row in ({"customer": key}, *rows, rows)]
        found.append(predict(client, rows[0], explain=True))
        inputs = [{"name": "customer", "shape": [1], "datatype": "INT64", "data": [key]}]
        found.append(client.post("/v2/models/churn/infer", json={"inputs": inputs}))
        assert {answer.status_code for answer in found} == {200}, [a.text for a in found]
        wrong = [
            predict(client, {**FULL, "plan": "none"}).status_code,
            predict(client, {"customer": 99_999}).status_code,
            client.get("/nothing").status_code,
        ]
        assert wrong == [400, 404, 404]
        name = found[1].json()["meta"]["tags"]["prediction_id"]
        message = {
            "response": {"meta": {"tags": {"prediction_id": name}}},
            "truth": {"data": {"ndarray": [["left"]]}},
        }
        authorized = {"authorization": f"Bearer {TOKEN}"}
        client.post("/send-feedback", json=message, headers=authorized).raise_for_status()

    def _ask_without_store(self, client: httpx.Client) -> None:
        by_key = {"customer": self._keys[0]}
        nullable = {name: value for name, value in FULL.items() if name != "trouble"}
        self._redis.process.send_signal(signal.SIGSTOP)
        try:
            assert predict(client, by_key).status_code == 503
            assert predict(client, {**nullable, "region": 3}).status_code == 200
        finally:
            self._redis.process.send_signal(signal.SIGCONT)
        self._server.wait(lambda: predict(client, by_key).status_code == 200, 20)


def predict(client: httpx.Client, rows: Any, **tags: Any) -> httpx.Response:
    """Ask for predictions of a row or of several."""
    return client.post("/predict", json={"jsonData": rows, "meta": {"tags": tags}})
