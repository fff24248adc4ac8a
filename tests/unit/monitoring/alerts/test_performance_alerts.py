"""Alerts of performance: by labels, by estimate, and of missing reports."""

from collections.abc import Callable
from pathlib import Path

import pytest

from homestead.monitoring.alerts.performance_alerts import performance_alerts
from homestead.monitoring.performance_metrics import VERDICTS
from tests.unit.monitoring.alerts.cases import PROBLEM, AlertCase, assert_covered, check_case

UNKNOWN = " ".join(["NaN"] * 41)


def report(measured: str | None, estimated: str | None, value: float = 0.12) -> dict[str, str]:
    """Return the series of a report with these verdicts."""
    series = {}
    for figure, given in (("measured", measured), ("estimated", estimated)):
        series[f'homestead_performance{{figure="{figure}", bound="value"}}'] = (
            UNKNOWN if given is None else f"{value:g}x40"
        )
        for verdict in VERDICTS:
            name = f'homestead_performance_verdict{{figure="{figure}", verdict="{verdict}"}}'
            series[name] = UNKNOWN if given is None else f"{given == verdict:d}x40"
    return series


HARM, ESTIMATED = "HomesteadPerformanceHarm", "HomesteadPerformanceEstimatedHarm"
CHECKED = "homestead_performance_checked_timestamp_seconds"
ESTIMATED_FIRING = {
    "severity": "warning",
    "description": "Without enough labels, the metric is estimated at 0.12, more than 10%"
    " worse than its certificate promised.",
}
CASES = [
    AlertCase(
        HARM,
        "labels show harm; the estimate does not",
        report("harm", "fine"),
        "10m",
        [
            {
                "severity": "warning",
                "description": "On labelled predictions the metric was 0.12 in the newest"
                " performance report, more than 10% worse than its certificate promised.",
            }
        ],
    ),
    AlertCase(HARM, "labels do not tell", report("inconclusive", "harm"), "30m"),
    AlertCase(HARM, "there are no labels", report(None, "harm"), "30m"),
    AlertCase(
        ESTIMATED,
        "labels do not tell, and the estimate is worse",
        report("inconclusive", "harm"),
        "10m",
        [ESTIMATED_FIRING],
    ),
    AlertCase(
        ESTIMATED,
        "there are no labels, and the estimate is worse",
        report(None, "harm"),
        "10m",
        [ESTIMATED_FIRING],
    ),
    AlertCase(ESTIMATED, "labels say that all is fine", report("fine", "harm"), "30m"),
    AlertCase(ESTIMATED, "labels show the harm already", report("harm", "harm"), "30m"),
    AlertCase(
        "HomesteadPerformanceNotChecked",
        "the report is 27 hours old",
        {CHECKED: "0x170"},
        "27h",
        [
            {
                "severity": "warning",
                "description": "The newest performance report is 1d 3h 0m 0s old; allowed are 26"
                " hours.",
            }
        ],
        step="10m",
    ),
    AlertCase(
        "HomesteadPerformanceNotChecked",
        "the report is a day old",
        {CHECKED: "0x170"},
        "24h",
        step="10m",
    ),
    AlertCase("HomesteadPerformanceNotChecked", "nobody ever looked", {}, "40h", step="10m"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.alert}: {case.situation}")
def test_alert(case: AlertCase, tmp_path: Path, program: Callable[[str, str], str]) -> None:
    check_case(case, tmp_path, program("promtool", "prometheus"))


def test_each_alert_has_a_firing_and_a_silent_case() -> None:
    assert_covered(CASES, performance_alerts(PROBLEM))
