"""The loop after a release on the cluster: labels, one alert, and exactly one retraining."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from homestead.bundled import IMAGE_ROOT
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

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1800)]

_POLICY = """
retraining:
  measured_harm: false
  alerts: [HomesteadDrift]
  cooldown_hours: 0
"""
FINGERPRINT = "e2e-alert"


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


def test_one_alert_delivered_twice_starts_exactly_one_run() -> None:
    before = len(_rows("id", "retraining_runs"))
    program = Path(__file__).with_name("alerting.py").read_text()
    start_job("retrain", "alert-once", [program, FINGERPRINT], command=["python", "-c"])
    assert "STATUSES 401 200 200" in finish_job("alert-once", 300)
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


def test_a_look_at_performance_is_a_job() -> None:
    start_job("performance", "performance-once")
    log = finish_job("performance-once", 600)
    assert "version" in log
    assert _rows("outcome", "task_runs", "and task = 'performance'")[-1] == "succeeded"


def test_retraining_has_the_rights_of_training_alone() -> None:
    account = "train-house-price"
    assert may(account, "patch", "configmap/release-house-price")
    assert not may(account, "create", "jobs")
    assert not may(account, "get", "secrets")
