"""The loop after a release on the cluster: labels, one alert, and exactly one retraining."""

import json
import time
from collections.abc import Iterator

import pandas as pd
import pytest

from homestead.bundled import IMAGE_ROOT
from homestead.deployment.problems.intakes import ALERTS, LABELS
from homestead.problem.schema import Problem
from tests.e2e.clients import client_result, start_client
from tests.e2e.intakes import send
from tests.e2e.kubectl import (
    NAMESPACE,
    PROBLEM,
    ROOT,
    finish_job,
    homestead,
    kubectl,
    may,
    sql,
    start_job,
)
from tests.e2e.test_cluster import assert_logged, bodies

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1800)]

_POLICY = """
retraining:
  measured_harm: false
  alerts: [HomesteadDrift]
  cooldown_hours: 0
"""
FINGERPRINT = f"e2e-{time.time_ns():x}"
_ALERT = {
    "labels": {"alertname": "HomesteadDrift", "model": PROBLEM},
    "annotations": {"summary": "inputs drifted"},
    "startsAt": "2026-11-27T10:00:00Z",
}
GROUP = {
    "status": "firing",
    "alerts": [
        {**_ALERT, "status": "firing", "fingerprint": FINGERPRINT},
        {**_ALERT, "status": "resolved", "fingerprint": "over"},
    ],
}


@pytest.fixture(scope="module", autouse=True)
def policy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Deploy the problem with alerts as causes; only this module checks for them."""
    path = tmp_path_factory.mktemp("retraining") / "house_price.yaml"
    text = (ROOT / "problems" / "house_price.yaml").read_text()
    text = text.replace("source: ../", f"source: {IMAGE_ROOT}/")
    path.write_text(text.partition("\nretraining:")[0] + "\n" + _POLICY)
    homestead("deploy", "--problem", str(path), "--wait", "0")
    _suspend(True)
    yield
    _suspend(False)


def _suspend(suspend: bool) -> None:
    patch = json.dumps({"spec": {"suspend": suspend}})
    kubectl("patch", "cronjob", "retrain-house-price", "-n", NAMESPACE, "-p", patch)


def _rows(columns: str, table: str, where: str = "") -> list[str]:
    return sql("homestead", f"select {columns} from {table} where problem = '{PROBLEM}' {where}")  # noqa: S608


def test_labels_are_taken_over_their_service(sales: pd.DataFrame, problem: Problem) -> None:
    rows = sales.iloc[1000:1040]
    start_client("labelled", bodies(rows, problem), requests=len(rows))
    answered = client_result("labelled")["answered"]
    assert len(answered) == len(rows)
    assert_logged(answered)
    numbers = [int(name.rpartition("-")[2]) for name in answered]
    truths = rows[problem.target].iloc[numbers].tolist()
    labels = [
        {"request_id": name, problem.target: int(truth)}
        for name, truth in zip(answered, truths, strict=True)
    ]
    assert send(LABELS, "/labels", labels, shown="wrong")[0] == 401
    wrong = [
        {"request_id": answered[0], problem.target: "dear"},
        {"request_id": f"{answered[0]}-never-sent", problem.target: 500_000},
    ]
    status, answer = send(LABELS, "/labels", labels + wrong)
    assert (status, answer["counts"]) == (200, {"joined": 40, "quarantined": 1, "waiting": 1})
    # Sent again it changes nothing; another value supersedes the first, which is kept.
    assert send(LABELS, "/labels", labels)[1]["counts"] == {"known": 40}
    corrected = {**labels[0], problem.target: int(truths[0]) + 1000}
    assert send(LABELS, "/labels", corrected)[1]["counts"] == {"corrected": 1}
    assert _rows("count(*), min(source), max(source)", "labels") == ["40|api|api"]
    assert _rows("truth::bigint", "label_history") == [str(int(truths[0]))]


def test_one_alert_delivered_twice_starts_exactly_one_run() -> None:
    before = len(_rows("id", "retraining_runs"))
    assert send(ALERTS, "/alerts", GROUP, shown="wrong")[0] == 401
    assert [send(ALERTS, "/alerts", GROUP)[0] for _ in range(2)] == [200, 200]
    for name in ("check-one", "check-two"):
        start_job("retrain", name)
    logs = [finish_job(name, 1500) for name in ("check-one", "check-two")]
    assert sum("run 1 starts" in log or "starts: HomesteadDrift" in log for log in logs) == 1
    runs = _rows("id, state, decision", "retraining_runs", "order by number")
    assert len(runs) == before + 1
    run, state, decision = runs[-1].split("|")
    assert (state, decision in ("keep", "promote")) == ("succeeded", True)
    causes = _rows("state, run", "retraining_causes", f"and key like '%/{FINGERPRINT}/%'")
    assert causes == [f"assigned|{run}"]
    # The run's parent in MLflow names its cause.
    join = "from tags c join tags p on c.run_uuid = p.run_uuid"
    where = f"where c.key = 'homestead.cause' and p.value = '{run}'"
    (cause,) = sql("mlflow", f"select c.value {join} {where}")
    assert cause.startswith(f"alert HomesteadDrift/{FINGERPRINT}/")
    start_job("retrain", "check-three")
    assert "none: nothing asks for a training run" in finish_job("check-three", 600)
    assert len(_rows("id", "retraining_runs")) == before + 1


def test_a_look_at_performance_is_a_job_that_reads_labels_and_verifies() -> None:
    start_job("performance", "performance-once")
    log = finish_job("performance-once", 600)
    assert "version" in log
    assert "not verified" not in log
    assert _rows("outcome", "task_runs", "and task = 'performance'")[-1] == "succeeded"
    assert _rows("labelled_rows", "performance_reports", "order by at") == ["40"]


def test_retraining_has_the_rights_of_training_alone() -> None:
    account = "train-house-price"
    assert may(account, "patch", "configmap/release-house-price")
    assert not may(account, "create", "jobs")
    assert not may(account, "get", "secrets")
    for intake in (LABELS, ALERTS):
        assert not may(f"{intake.name}-house-price", "get", "configmaps")
