"""Alerts of the online store, of stale features and of drift, near their limits."""

from collections.abc import Callable
from pathlib import Path

import pytest

from homestead.monitoring.alerts.data_alerts import input_alerts
from tests.unit.monitoring.alerts.cases import PROBLEM, AlertCase, assert_covered, check_case

_SECONDS_PER_DAY = 86400
_OLD_S = -7300 * _SECONDS_PER_DAY

CASES = [
    AlertCase(
        "HomesteadFeatureStoreAway",
        "one of two servers cannot read the store",
        {
            "homestead_feature_store_available": "1 1 0x5",
            'homestead_feature_store_available{pod="other"}': "1x10",
        },
        "5m",
        [
            {
                "severity": "warning",
                "description": "At least one server has been unable to read it for 2 minutes."
                " Requests that need it get 503, or an answer without the view, as its"
                " on_store_failure says.",
            }
        ],
    ),
    AlertCase(
        "HomesteadFeatureStoreAway",
        "the store was away for less than two minutes",
        {"homestead_feature_store_available": "1 0 0 1x9"},
        "3m",
    ),
    AlertCase(
        "HomesteadFeaturesStale",
        "the newest value is a quarter of an hour older than allowed",
        {
            'homestead_feature_freshness_timestamp_seconds{view="market"}': f"{_OLD_S}x30",
            'homestead_feature_freshness_timestamp_seconds{view="house"}': "0x30",
        },
        "16m",
        [
            {
                "severity": "warning",
                "view": "market",
                "description": "The newest value of view market in the online store is 7300d"
                " 0h 16m 0s old; allowed are 7300 days.",
            }
        ],
    ),
    AlertCase(
        "HomesteadFeaturesStale",
        "the newest value is as old as allowed all the time",
        {'homestead_feature_freshness_timestamp_seconds{view="market"}': f"{_OLD_S}+60x30"},
        "30m",
    ),
    AlertCase(
        "HomesteadDrift",
        "seven of twenty inputs drifted",
        {"homestead_drift_share": "0.35x5", "homestead_drift_threshold": "0.3x5"},
        "5m",
        [
            {
                "severity": "warning",
                "description": "35% of the model's inputs drifted in the latest report;"
                " allowed are 30%.",
            }
        ],
    ),
    AlertCase(
        "HomesteadDrift",
        "exactly the allowed share drifted",
        {"homestead_drift_share": "0.3x5", "homestead_drift_threshold": "0.3x5"},
        "5m",
    ),
    AlertCase(
        "HomesteadDrift",
        "the report is inconclusive",
        {"homestead_drift_share": "NaN NaN NaN", "homestead_drift_threshold": "0.3x5"},
        "2m",
    ),
    AlertCase(
        "HomesteadDrift",
        "the problem allows more",
        {"homestead_drift_share": "0.35x5", "homestead_drift_threshold": "0.5x5"},
        "5m",
    ),
    AlertCase(
        "HomesteadCalibratedDrift",
        "two columns drifted, which are too few for the share",
        {
            "homestead_drift_calibrated": "0 1x5",
            "homestead_drift_calibrated_columns": "0 2x5",
            "homestead_drift_share": "0.1x6",
        },
        "5m",
        [
            {
                "severity": "warning",
                "description": "The calibrated tests of the latest report name 2 inputs,"
                " predictions or outcomes that drifted; 0 if only all inputs together did."
                " Without drift this happens in at most 1% of months.",
            }
        ],
    ),
    AlertCase(
        "HomesteadCalibratedDrift",
        "no drift, then an inconclusive report",
        {
            "homestead_drift_calibrated": "0 0 NaN NaN",
            "homestead_drift_calibrated_columns": "0 0 NaN NaN",
        },
        "3m",
    ),
    AlertCase(
        "HomesteadDriftInconclusive",
        "too few rows for three days",
        {"homestead_drift_share": "NaN " * 73, "homestead_drift_rows": "40x72"},
        "72h",
        [
            {
                "severity": "warning",
                "description": "The latest report compared 40 logged rows, too few for a"
                " verdict (at least 100 are needed).",
            }
        ],
        "1h",
    ),
    AlertCase(
        "HomesteadDriftInconclusive",
        "too few rows for an hour less than three days",
        {"homestead_drift_share": "NaN " * 73, "homestead_drift_rows": "40x72"},
        "71h",
        step="1h",
    ),
    AlertCase(
        "HomesteadDriftInconclusive",
        "a report in between has a verdict: no drift",
        {
            "homestead_drift_share": "NaN " * 48 + "0 " + "NaN " * 24,
            "homestead_drift_rows": "40x72",
        },
        "72h",
        step="1h",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.alert}: {case.situation}")
def test_alert(case: AlertCase, tmp_path: Path, program: Callable[[str, str], str]) -> None:
    check_case(case, tmp_path, program("promtool", "prometheus"))


def test_each_alert_has_a_firing_and_a_silent_case() -> None:
    assert_covered(CASES, input_alerts(PROBLEM))
