"""All alerts of a problem: valid rules, a runbook each, and limits from the problem file."""

import subprocess
from collections.abc import Callable

from homestead.monitoring.alerts.alert import RUNBOOK_FOLDER
from homestead.monitoring.alerts.all_alerts import problem_alerts
from homestead.problem.schema import Problem
from tests.unit.monitoring.alerts.cases import ALERTS, ROOT, RULES_FILE

_SECONDS_PER_DAY = 86400


def test_promtool_accepts_the_rules(program: Callable[[str, str], str]) -> None:
    promtool = program("promtool", "prometheus")
    completed = subprocess.run(
        [promtool, "check", "rules", "--lint-fatal", str(RULES_FILE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 0, completed.stdout + completed.stderr


def test_each_alert_has_a_runbook_and_each_runbook_an_alert() -> None:
    runbooks = {path.stem: path.read_text() for path in (ROOT / RUNBOOK_FOLDER).glob("*.md")}
    runbooks.pop("index")
    assert set(runbooks) == {alert.name for alert in ALERTS}
    for name, text in runbooks.items():
        assert text.startswith(f"# {name}\n")
        headings = [line for line in text.splitlines() if line.startswith("## ")]
        assert headings == [
            "## What it means",
            "## How to diagnose",
            "## What to do",
            "## How to silence",
        ]


def test_limits_come_from_the_problem(churn: Problem) -> None:
    goals = churn.objectives.model_copy(
        update={"availability": 0.95, "latency_ms": 2.5, "drift_age_hours": 2, "model_age_days": 1}
    )
    problem = churn.model_copy(update={"objectives": goals})
    alerts = problem_alerts(problem)
    expressions = {alert.name: alert.expression for alert in alerts}
    assert expressions["HomesteadDriftNotChecked"].endswith("> 7200")
    assert expressions["HomesteadModelTooOld"].endswith("> 86400")
    # Without feature_age_days the limit is each view's own time to live.
    stale = [alert.expression for alert in alerts if alert.name == "HomesteadFeaturesStale"]
    limits = [float(expression.split("> ")[1]) for expression in stale]
    assert limits == [view.ttl_days * _SECONDS_PER_DAY for view in problem.views.values()]
    assert all('model="churn"' in alert.expression for alert in alerts)


def test_without_views_there_are_no_alerts_of_the_feature_store(churn: Problem) -> None:
    with_views = {alert.name for alert in problem_alerts(churn)}
    without = {alert.name for alert in problem_alerts(churn.model_copy(update={"views": {}}))}
    assert with_views - without == {"HomesteadFeatureStoreAway", "HomesteadFeaturesStale"}
