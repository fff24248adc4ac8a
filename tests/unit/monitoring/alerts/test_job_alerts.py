"""Alerts of jobs and of the model's age, near their limits."""

from collections.abc import Callable
from pathlib import Path

import pytest

from homestead.monitoring.alerts.job_alerts import job_alerts
from tests.unit.monitoring.alerts.cases import PROBLEM, AlertCase, assert_covered, check_case

_SECONDS_PER_DAY = 86400


def ended(task: str, outcome: str) -> str:
    """Return the series that says when a task last ended so."""
    return f'homestead_task_finished_timestamp_seconds{{task="{task}", outcome="{outcome}"}}'


CASES = [
    AlertCase(
        "HomesteadDriftNotChecked",
        "the last report is 26 hours and a half old",
        {"homestead_drift_checked_timestamp_seconds": "0x110"},
        "26h30m",
        [
            {
                "severity": "warning",
                "description": "The latest drift report, or the model if there is none, is 1d"
                " 2h 30m 0s old; allowed are 26 hours.",
            }
        ],
        "15m",
    ),
    AlertCase(
        "HomesteadDriftNotChecked",
        "there has been no report since the model was registered",
        {"homestead_model_created_timestamp_seconds": "0x110"},
        "26h30m",
        [
            {
                "severity": "warning",
                "description": "The latest drift report, or the model if there is none, is 1d"
                " 2h 30m 0s old; allowed are 26 hours.",
            }
        ],
        "15m",
    ),
    AlertCase(
        "HomesteadDriftNotChecked",
        "the last report is 26 hours old",
        {"homestead_drift_checked_timestamp_seconds": "0x110"},
        "26h",
        step="15m",
    ),
    AlertCase(
        "HomesteadDriftNotChecked",
        "model old, report new, and one of two servers has not seen it yet",
        {
            "homestead_model_created_timestamp_seconds": "0x110",
            "homestead_drift_checked_timestamp_seconds": "0x110",
            'homestead_drift_checked_timestamp_seconds{pod="other"}': "90000x110",
        },
        "26h30m",
        step="15m",
    ),
    AlertCase(
        "HomesteadTaskFailed",
        "drift failed an hour after it had succeeded",
        {
            ended("drift", "succeeded"): "0x120",
            ended("drift", "failed"): "3600x120",
            ended("training", "succeeded"): "3600x120",
        },
        "2h",
        [
            {
                "severity": "warning",
                "task": "drift",
                "description": "It failed at 1970-01-01 01:00:00 +0000 UTC, and none has"
                " succeeded since.",
            }
        ],
    ),
    AlertCase(
        "HomesteadTaskFailed",
        "the first training failed",
        {ended("training", "failed"): "60x120"},
        "2h",
        [
            {
                "severity": "warning",
                "task": "training",
                "description": "It failed at 1970-01-01 00:01:00 +0000 UTC, and none has"
                " succeeded since.",
            }
        ],
    ),
    AlertCase(
        "HomesteadTaskFailed",
        "the job succeeded a second after it had failed",
        {
            ended("drift", "succeeded"): "3601x120",
            ended("drift", "failed"): "3600x120",
        },
        "2h",
    ),
    AlertCase(
        "HomesteadModelTooOld",
        "registered five weeks and half a day ago, never trained since",
        {"homestead_model_created_timestamp_seconds": "0x150"},
        "852h",
        [
            {
                "severity": "warning",
                "description": "It was registered, or last confirmed by a training run, 35d"
                " 12h 0m 0s ago; allowed are 35 days.",
            }
        ],
        "6h",
    ),
    AlertCase(
        "HomesteadModelTooOld",
        "the model is five weeks old",
        {"homestead_model_created_timestamp_seconds": "0x150"},
        "840h",
        step="6h",
    ),
    AlertCase(
        "HomesteadModelTooOld",
        "a training run of the day before confirmed it",
        {
            "homestead_model_created_timestamp_seconds": "0x150",
            ended("training", "succeeded"): (f"_x139 {34 * _SECONDS_PER_DAY}x10"),
        },
        "852h",
        step="6h",
    ),
    AlertCase(
        "HomesteadModelTooOld",
        "training runs fail, which confirms nothing",
        {
            "homestead_model_created_timestamp_seconds": "0x150",
            ended("training", "failed"): (f"_x139 {34 * _SECONDS_PER_DAY}x10"),
        },
        "852h",
        [
            {
                "severity": "warning",
                "description": "It was registered, or last confirmed by a training run, 35d"
                " 12h 0m 0s ago; allowed are 35 days.",
            }
        ],
        "6h",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.alert}: {case.situation}")
def test_alert(case: AlertCase, tmp_path: Path, program: Callable[[str, str], str]) -> None:
    check_case(case, tmp_path, program("promtool", "prometheus"))


def test_each_alert_has_a_firing_and_a_silent_case() -> None:
    assert_covered(CASES, job_alerts(PROBLEM))
