"""Alerts of releases, near their limits."""

from collections.abc import Callable
from pathlib import Path

import pytest

from homestead.monitoring.alerts.release_alerts import release_alerts
from tests.unit.monitoring.alerts.cases import PROBLEM, AlertCase, assert_covered, check_case

STARTED = "homestead_release_started_timestamp_seconds"
DEADLINE = "homestead_release_deadline_timestamp_seconds"
FINISHED = 'homestead_task_finished_timestamp_seconds{task="release", outcome="succeeded"}'
ROLLED_BACK = 'homestead_release_ended_timestamp_seconds{end="rolled_back"}'
WARNING = {"severity": "warning"}


def unknown(steps: int) -> str:
    """Return the values of a gauge without a value."""
    return " ".join(["NaN"] * steps)


CASES = [
    AlertCase(
        "HomesteadReleaseUndecided",
        "60% of the time is over",
        {STARTED: "0x200", DEADLINE: "10000x200"},
        "100m",
        [
            {
                **WARNING,
                "description": "60% of its time is over; at the end it is rolled back. The time is"
                " max_hours of the problem file, now 72 hours.",
            }
        ],
    ),
    AlertCase(
        "HomesteadReleaseUndecided",
        "a third of the time is over",
        {STARTED: "0x200", DEADLINE: "18000x200"},
        "100m",
    ),
    AlertCase(
        "HomesteadReleaseUndecided",
        "nothing is under way",
        {STARTED: unknown(200), DEADLINE: unknown(200)},
        "100m",
    ),
    AlertCase(
        "HomesteadReleaseControllerAbsent",
        "the controller stopped after ten minutes",
        {STARTED: "60x60", FINISHED: "600x60"},
        "30m",
        [
            {
                **WARNING,
                "description": "A release is under way, and the controller last succeeded 20m 0s"
                " ago: a challenger that is worse would not be taken back.",
            }
        ],
    ),
    AlertCase(
        "HomesteadReleaseControllerAbsent",
        "no controller ever ran",
        {STARTED: "60x60"},
        "21m",
        [
            {
                **WARNING,
                "description": "A release is under way, and the controller last succeeded 20m 0s"
                " ago: a challenger that is worse would not be taken back.",
            }
        ],
    ),
    AlertCase(
        "HomesteadReleaseControllerAbsent",
        "the last release was long ago, a new one begins, and the controller takes it up",
        {STARTED: f"{unknown(100)} 6000x30", FINISHED: "0x102 6180+60x30"},
        "110m",
    ),
    AlertCase(
        "HomesteadReleaseControllerAbsent",
        "nothing is under way",
        {STARTED: unknown(60), FINISHED: "0x60"},
        "50m",
    ),
    AlertCase(
        "HomesteadReleaseServersDiffer",
        "one of three servers stays with the plan before",
        {
            'homestead_release_servers{plan="planned"}': "2x20",
            'homestead_release_servers{plan="other"}': "1x20",
        },
        "10m",
        [
            {
                **WARNING,
                "description": "1 servers have had another plan in effect for 5 minutes: the"
                " challenger's share of the traffic is not what the release says.",
            }
        ],
    ),
    AlertCase(
        "HomesteadReleaseServersDiffer",
        "servers follow each step within a minute",
        {'homestead_release_servers{plan="other"}': "0 3 0 0 0 3 0 0 0 0 3 0"},
        "10m",
    ),
    AlertCase(
        "HomesteadReleaseRolledBack",
        "a release was rolled back ten minutes ago",
        {ROLLED_BACK: "0x20"},
        "10m",
        [
            {
                **WARNING,
                "description": "It ended 10m 0s ago; the champion answers all requests. The"
                " release's report says why.",
            }
        ],
    ),
    AlertCase(
        "HomesteadReleaseRolledBack",
        "none was ever rolled back",
        {ROLLED_BACK: unknown(20)},
        "10m",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.alert}: {case.situation}")
def test_the_alert_fires_as_it_should(
    case: AlertCase, tmp_path: Path, program: Callable[[str, str], str]
) -> None:
    check_case(case, tmp_path, program("promtool", "prometheus"))


def test_each_alert_has_cases_of_both_kinds() -> None:
    assert_covered(CASES, release_alerts(PROBLEM))
