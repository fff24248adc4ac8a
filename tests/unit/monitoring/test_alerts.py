"""Every alert as Prometheus evaluates it: when it fires, with which words, and when it does not."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from homestead.monitoring.alerts import RUNBOOKS, alerts
from homestead.monitoring.generated_files import FOLDER, rule_groups
from homestead.problem.loader import load_problem
from homestead.problem.schema import Problem
from tests.unit.monitoring.alert_cases import CASES, DAY, Case

ROOT = Path(__file__).parents[3]
PROBLEM = load_problem(ROOT / "problems" / "house_price.yaml")
ALERTS = alerts(PROBLEM)


def placed(series: str) -> str:
    """A case's series with the labels that a scrape in a cluster gives it."""
    name, _, labels = series.rstrip("}").partition("{")
    if "pod=" not in labels:
        labels = f'pod="one", {labels}'
    return f'{name}{{model="house_price", namespace="ml", {labels.rstrip(", ")}}}'


def expected(case: Case, fired: dict[str, str]) -> dict[str, dict[str, str]]:
    labels = {"model": "house_price", "namespace": "ml", **fired}
    says = labels.pop("says")
    summary = next(alert.summary for alert in ALERTS if alert.name == case.alert)
    for name, value in labels.items():
        summary = summary.replace(f"{{{{ $labels.{name} }}}}", value)
    return {
        "exp_labels": {name: value for name, value in labels.items() if value},
        "exp_annotations": {
            "summary": summary,
            "description": says,
            "runbook_url": f"docs/runbooks/{case.alert}.md",
        },
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.alert}: {case.why}")
def test_alert(case: Case, tmp_path: Path, program: Callable[[str, str], str]) -> None:
    test = {
        "rule_files": [str(ROOT / FOLDER / "rules.yaml")],
        "evaluation_interval": case.evaluated or case.step,
        # The alerts of a moment see what was recorded at that moment.
        "group_eval_order": [group["name"] for group in rule_groups(PROBLEM)],
        "tests": [
            {
                "interval": case.step,
                "input_series": [
                    {"series": placed(series), "values": values.strip()}
                    for series, values in case.values.items()
                ],
                "alert_rule_test": [
                    {
                        "eval_time": case.at,
                        "alertname": case.alert,
                        "exp_alerts": [expected(case, fired) for fired in case.fires],
                    }
                ],
            }
        ],
    }
    path = tmp_path / "test.yaml"
    path.write_text(yaml.safe_dump(test))
    promtool = program("promtool", "prometheus")
    done = subprocess.run(
        [promtool, "test", "rules", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", sorted({alert.name for alert in ALERTS}))
def test_each_alert_is_seen_firing_and_silent(name: str) -> None:
    cases = [case for case in CASES if case.alert == name]
    assert any(case.fires for case in cases)
    assert any(not case.fires for case in cases)


def test_promtool_finds_nothing_to_complain_of(program: Callable[[str, str], str]) -> None:
    promtool = program("promtool", "prometheus")
    rules = ROOT / FOLDER / "rules.yaml"
    done = subprocess.run(
        [promtool, "check", "rules", "--lint-fatal", str(rules)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_has_its_page_and_each_page_its_alert() -> None:
    pages = {path.stem: path.read_text() for path in (ROOT / RUNBOOKS).glob("*.md")}
    pages.pop("README", None)
    assert set(pages) == {alert.name for alert in ALERTS}
    for name, text in pages.items():
        assert text.startswith(f"# {name}\n")
        headings = [line for line in text.splitlines() if line.startswith("## ")]
        assert headings == [
            "## What it means",
            "## How to diagnose",
            "## What to do",
            "## How to silence",
        ]


def test_limits_are_the_problems(churn: Problem) -> None:
    goals = churn.objectives.model_copy(
        update={"availability": 0.95, "latency_ms": 2.5, "drift_age_hours": 2, "model_age_days": 1}
    )
    other = churn.model_copy(update={"objectives": goals})
    expressions = {alert.name: alert.expression for alert in alerts(other)}
    assert expressions["HomesteadDriftNotChecked"].endswith("> 7200")
    assert expressions["HomesteadModelTooOld"].endswith("> 86400")
    # No feature_age_days: each view's own time to live.
    stale = [a.expression for a in alerts(other) if a.name == "HomesteadFeaturesStale"]
    limits = [float(expression.split("> ")[1]) for expression in stale]
    assert limits == [view.ttl_days * DAY for view in other.views.values()]
    assert all('model="churn"' in alert.expression for alert in alerts(other))
    # Without views nothing is looked up, so that nothing can be away or stale.
    plain = {alert.name for alert in alerts(churn.model_copy(update={"views": {}}))}
    assert expressions.keys() - plain == {"HomesteadFeatureStoreAway", "HomesteadFeaturesStale"}
