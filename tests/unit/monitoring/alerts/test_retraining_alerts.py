"""Alerts of retraining: a run that failed, and a cause that nobody looks at."""

from collections.abc import Callable
from pathlib import Path

import pytest

from homestead.monitoring.alerts.retraining_alerts import retraining_alerts
from tests.unit.monitoring.alerts.cases import PROBLEM, AlertCase, assert_covered, check_case

FAILED, NOT_CHECKED = "HomesteadRetrainingFailed", "HomesteadRetrainingNotChecked"
ENDED = "homestead_retraining_ended_timestamp_seconds"
SEEN = "homestead_retraining_oldest_cause_timestamp_seconds"
CHECKED = 'homestead_task_finished_timestamp_seconds{task="retraining", outcome="succeeded"}'
OPEN = "homestead_retraining_open_causes"
CASES = [
    AlertCase(
        FAILED,
        "the only run failed",
        {f'{ENDED}{{state="failed"}}': "60x20"},
        "10m",
        [
            {
                "severity": "warning",
                "description": "It failed at 1970-01-01 00:01:00 +0000 UTC, and none has succeeded"
                " since.",
            }
        ],
    ),
    AlertCase(
        FAILED,
        "a later one succeeded",
        {f'{ENDED}{{state="failed"}}': "60x20", f'{ENDED}{{state="succeeded"}}': "120x20"},
        "10m",
    ),
    AlertCase(
        NOT_CHECKED,
        "a cause is three hours old, and the last check was before it",
        {OPEN: "1x200", SEEN: "600x200", CHECKED: "0x200"},
        "190m",
        [
            {
                "severity": "warning",
                "description": "Something asks for a training run, and no check has succeeded for"
                " 3h 0m 0s; allowed are 2 hours.",
            }
        ],
    ),
    AlertCase(
        NOT_CHECKED,
        "a check decided to wait",
        {OPEN: "1x200", SEEN: "600x200", CHECKED: "9000x200"},
        "190m",
    ),
    AlertCase(
        NOT_CHECKED,
        "nothing asks for a run",
        {OPEN: "0x200", SEEN: " ".join(["NaN"] * 201), CHECKED: "0x200"},
        "190m",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.alert}: {case.situation}")
def test_alert(case: AlertCase, tmp_path: Path, program: Callable[[str, str], str]) -> None:
    check_case(case, tmp_path, program("promtool", "prometheus"))


def test_each_alert_has_a_firing_and_a_silent_case() -> None:
    assert_covered(CASES, retraining_alerts(PROBLEM))
