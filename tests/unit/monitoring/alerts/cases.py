"""Cases of alerts, and their evaluation by Prometheus' own test tool."""

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from homestead.monitoring.alerts.alert import RUNBOOK_FOLDER, Alert
from homestead.monitoring.alerts.all_alerts import problem_alerts
from homestead.monitoring.generated_files import MANIFEST_FOLDER, rule_groups
from homestead.problem.loader import load_problem

ROOT = Path(__file__).parents[4]
PROBLEM = load_problem(ROOT / "problems" / "house_price.yaml")
ALERTS = problem_alerts(PROBLEM)
RULES_FILE = ROOT / MANIFEST_FOLDER / "rules.yaml"


@dataclass(frozen=True)
class AlertCase:
    """A history of series, and the alerts that fire at one moment of it.

    Attributes:
        alert: name of the alert.
        situation: what happens, in words.
        series: values by series, which gets the labels model, namespace and pod. Values are in
            promtool's notation, one per step from 1970 on: ``0+2x30`` is 0 and 30 times 2 more,
            ``5x30`` is 31 times 5, ``_`` is a gap.
        at: moment of the check.
        firing: labels and ``description`` of each alert that fires; none if silent.
        step: time between values.
        evaluation_interval: time between evaluations; a step if empty.
    """

    alert: str
    situation: str
    series: dict[str, str]
    at: str
    firing: list[dict[str, str]] = field(default_factory=list)
    step: str = "1m"
    evaluation_interval: str = ""


def check_case(case: AlertCase, folder: Path, promtool: str) -> None:
    """Let promtool evaluate the generated rules; a difference fails the test."""
    test = {
        "rule_files": [str(RULES_FILE)],
        "evaluation_interval": case.evaluation_interval or case.step,
        # The alerts of a moment must see what was recorded at that moment.
        "group_eval_order": [group["name"] for group in rule_groups(PROBLEM)],
        "tests": [
            {
                "interval": case.step,
                "input_series": [
                    {"series": _with_target_labels(series), "values": values.strip()}
                    for series, values in case.series.items()
                ],
                "alert_rule_test": [
                    {
                        "eval_time": case.at,
                        "alertname": case.alert,
                        "exp_alerts": [_expected(case.alert, labels) for labels in case.firing],
                    }
                ],
            }
        ],
    }
    path = folder / "test.yaml"
    path.write_text(yaml.safe_dump(test))
    completed = subprocess.run(
        [promtool, "test", "rules", str(path)], capture_output=True, text=True, check=False
    )
    assert completed.returncode == 0, completed.stdout + completed.stderr


def assert_covered(cases: list[AlertCase], alerts: Iterable[Alert]) -> None:
    """Assert that each alert has a case in which it fires and one in which it is silent."""
    names = {alert.name for alert in alerts}
    assert {case.alert for case in cases if case.firing} == names
    assert {case.alert for case in cases if not case.firing} == names


def _with_target_labels(series: str) -> str:
    name, _, labels = series.rstrip("}").partition("{")
    if "pod=" not in labels:
        labels = f'pod="one", {labels}'
    return f'{name}{{model="house_price", namespace="ml", {labels.rstrip(", ")}}}'


def _expected(alert_name: str, firing: dict[str, str]) -> dict[str, dict[str, str]]:
    labels = {"model": "house_price", "namespace": "ml", **firing}
    description = labels.pop("description")
    summary = next(alert.summary for alert in ALERTS if alert.name == alert_name)
    for name, value in labels.items():
        summary = summary.replace(f"{{{{ $labels.{name} }}}}", value)
    return {
        "exp_labels": {name: value for name, value in labels.items() if value},
        "exp_annotations": {
            "summary": summary,
            "description": description,
            "runbook_url": f"{RUNBOOK_FOLDER}/{alert_name}.md",
        },
    }
