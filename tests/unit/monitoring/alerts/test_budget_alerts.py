"""Alerts of the error budgets: each pair of windows, near its limit."""

from collections.abc import Callable
from pathlib import Path

import pytest

from homestead.monitoring.alerts.budget_alerts import BURN_LIMITS, BurnLimit, budget_alerts
from tests.unit.monitoring.alerts.cases import PROBLEM, AlertCase, assert_covered, check_case

# Three days of 1000 answers in each step of two minutes; a history continues after it.
QUIET = "0+1000x2159"
CLEAN = "0x2159"
ANSWERED, FAST = "99.9% answered", "99% answered within 50 ms"
AVAILABILITY, LATENCY = "HomesteadAvailabilityBudgetBurn", "HomesteadLatencyBudgetBurn"


def availability(failed: str, answered: str = "") -> dict[str, str]:
    return {
        'homestead_failed_requests_total{reason="internal"}': failed,
        'homestead_prediction_duration_seconds_count{version="1"}': answered
        or QUIET + " 2160000+1000x2160",
    }


def latency(fast: str) -> dict[str, str]:
    """Return 1000 answers per step, of which ``fast`` are in the bucket of the objective."""
    return {
        'homestead_prediction_duration_seconds_count{version="1"}': QUIET + " 2160000+1000x2160",
        'homestead_prediction_duration_seconds_bucket{version="1", le="0.05"}': fast,
    }


def burn(limit: BurnLimit, rate: str, objective: str) -> dict[str, str]:
    """Return the labels and the description of an alert at a burn rate."""
    return {
        "severity": limit.severity,
        "long_window": limit.long_window,
        "short_window": limit.short_window,
        "description": f"Over the last {limit.long_window} the budget burned at {rate} times the"
        f" rate that lasts for 30 days; over the last {limit.short_window} the rate was above"
        f" {limit.burn_rate:g}, too. Objective: {objective}.",
    }


WITHIN_2_DAYS, WITHIN_5_DAYS, WITHIN_10_DAYS, WITHIN_30_DAYS = BURN_LIMITS

CASES = [
    AlertCase(
        AVAILABILITY,
        "2% fail for an hour after three good days",
        availability(f"{CLEAN} 0+20.5x30"),
        "73h",
        [burn(WITHIN_2_DAYS, "20.1", ANSWERED)],
        "2m",
        "1h",
    ),
    AlertCase(
        AVAILABILITY,
        "0.8% fail for six hours",
        availability(f"{CLEAN} 0+8x180"),
        "78h",
        [burn(WITHIN_5_DAYS, "7.9", ANSWERED)],
        "2m",
        "1h",
    ),
    AlertCase(
        AVAILABILITY,
        "0.4% fail for a day",
        availability(f"{CLEAN} 0+4x720"),
        "96h",
        [
            burn(WITHIN_10_DAYS, "4.0", ANSWERED),
            burn(WITHIN_30_DAYS, "1.3", ANSWERED),
        ],
        "2m",
        "1h",
    ),
    AlertCase(
        AVAILABILITY,
        "0.15% fail for three days",
        availability(f"{CLEAN} 0+1.5x2160"),
        "144h",
        [burn(WITHIN_30_DAYS, "1.5", ANSWERED)],
        "2m",
        "1h",
    ),
    AlertCase(
        AVAILABILITY,
        "1.4% fail for an hour: below the first limit",
        availability(f"{CLEAN} 0+14x30"),
        "73h",
        step="2m",
        evaluation_interval="1h",
    ),
    AlertCase(
        AVAILABILITY,
        "2% failed for 50 minutes, and none has for ten minutes",
        availability(f"{CLEAN} 0+20.5x25 512.5x5"),
        "73h",
        step="2m",
        evaluation_interval="1h",
    ),
    AlertCase(
        AVAILABILITY,
        "0.09% fail for three days: the budget allows it",
        availability(f"{CLEAN} 0+0.9x2160"),
        "144h",
        step="2m",
        evaluation_interval="1h",
    ),
    AlertCase(
        AVAILABILITY,
        "all requests are rejected as the client's mistakes",
        availability("0x60", "7x60")
        | {'homestead_rejected_requests_total{reason="type"}': "0+1000x60"},
        "1h",
    ),
    AlertCase(
        AVAILABILITY,
        "the model cannot give the explanations that clients ask for",
        {
            'homestead_failed_requests_total{reason="explain"}': "0+100x60",
            'homestead_prediction_duration_seconds_count{version="1"}': "0+100x60",
        },
        "1h",
    ),
    AlertCase(
        AVAILABILITY,
        "there are no requests, and none ever failed",
        {'homestead_prediction_duration_seconds_count{version="1"}': "0x60"},
        "1h",
    ),
    AlertCase(
        AVAILABILITY,
        "every request fails",
        availability("0+10x30", "7x30"),
        "30m",
        [burn(limit, "1000.0", ANSWERED) for limit in BURN_LIMITS],
    ),
    AlertCase(
        LATENCY,
        "a fifth is slow for an hour",
        latency(f"{QUIET} 2160000+800x30"),
        "73h",
        [burn(WITHIN_2_DAYS, "20.0", FAST)],
        "2m",
        "1h",
    ),
    AlertCase(
        LATENCY,
        "8% are slow for six hours",
        latency(f"{QUIET} 2160000+920x180"),
        "78h",
        [burn(WITHIN_5_DAYS, "8.0", FAST)],
        "2m",
        "1h",
    ),
    AlertCase(
        LATENCY,
        "4% are slow for a day",
        latency(f"{QUIET} 2160000+960x720"),
        "96h",
        [
            burn(WITHIN_10_DAYS, "4.0", FAST),
            burn(WITHIN_30_DAYS, "1.3", FAST),
        ],
        "2m",
        "1h",
    ),
    AlertCase(
        LATENCY,
        "0.9% are slow for three days: the budget allows it",
        latency(f"{QUIET} 2160000+991x2160"),
        "144h",
        step="2m",
        evaluation_interval="1h",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.alert}: {case.situation}")
def test_alert(case: AlertCase, tmp_path: Path, program: Callable[[str, str], str]) -> None:
    check_case(case, tmp_path, program("promtool", "prometheus"))


def test_each_alert_has_a_firing_and_a_silent_case() -> None:
    assert_covered(CASES, budget_alerts(PROBLEM))
