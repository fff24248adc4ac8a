"""Alerts of labels, near their limits."""

from collections.abc import Callable
from pathlib import Path

import pytest

from homestead.monitoring.alerts.label_alerts import label_alerts
from tests.unit.monitoring.alerts.cases import PROBLEM, AlertCase, assert_covered, check_case

ABSENT, QUARANTINED = "HomesteadLabelsAbsent", "HomesteadLabelsQuarantined"
NEWEST = "homestead_label_timestamp_seconds"


def labels(joined: int, quarantined: int, pod: str = "one") -> dict[str, str]:
    """Return a server's counts of the last day."""
    return {
        f'homestead_labels{{state="joined", pod="{pod}"}}': f"{joined}x40",
        f'homestead_labels{{state="quarantined", pod="{pod}"}}': f"{quarantined}x40",
    }


CASES = [
    AlertCase(
        ABSENT,
        "the newest label came at the beginning, nine days ago; two servers say so",
        {f'{NEWEST}{{pod="one"}}': "0x240", f'{NEWEST}{{pod="two"}}': "0x240"},
        "216h",
        [
            {
                "severity": "warning",
                "description": "The newest one arrived 9d 0h 0m 0s ago; allowed are 7 days.",
            }
        ],
        step="1h",
    ),
    AlertCase(ABSENT, "six days ago", {NEWEST: "0x240"}, "144h", step="1h"),
    AlertCase(
        ABSENT,
        "a server that has not looked again yet says less than the other",
        {f'{NEWEST}{{pod="one"}}': "0x240", f'{NEWEST}{{pod="two"}}': "720000x240"},
        "216h",
        step="1h",
    ),
    AlertCase(
        ABSENT, "there never was a label", {NEWEST: " ".join(["NaN"] * 241)}, "216h", step="1h"
    ),
    AlertCase(
        QUARANTINED,
        "a quarter cannot count; two servers count the same ones",
        {**labels(150, 50), **labels(150, 50, "two")},
        "20m",
        [
            {
                "severity": "warning",
                "description": "25% of the labels of the last day are in quarantine; allowed are"
                " 10%.",
            }
        ],
    ),
    AlertCase(
        QUARANTINED,
        "none counts",
        labels(0, 20),
        "20m",
        [
            {
                "severity": "warning",
                "description": "100% of the labels of the last day are in quarantine; allowed are"
                " 10%.",
            }
        ],
    ),
    AlertCase(QUARANTINED, "exactly the allowed share", labels(900, 100), "40m"),
    AlertCase(QUARANTINED, "few labels, of which nearly all are at fault", labels(1, 19), "40m"),
    AlertCase(QUARANTINED, "no labels", labels(0, 0), "40m"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.alert}: {case.situation}")
def test_alert_of_labels(
    case: AlertCase, tmp_path: Path, program: Callable[[str, str], str]
) -> None:
    check_case(case, tmp_path, program("promtool", "prometheus"))


def test_each_alert_of_labels_has_cases() -> None:
    assert_covered(CASES, label_alerts(PROBLEM))
