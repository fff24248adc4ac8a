"""Alerts of the servers, the prediction log and the release, near their limits."""

from collections.abc import Callable
from pathlib import Path

import pytest

from homestead.monitoring.alerts.service_alerts import service_alerts
from tests.unit.monitoring.alerts.cases import PROBLEM, AlertCase, assert_covered, check_case

DAMAGED = (
    "Lines of a server's spool are damaged, rejected by the database or deleted. Segments with such"
    " lines are kept in the spool's folder set-aside."
)
CASES = [
    AlertCase(
        "HomesteadServerAbsent",
        "the last server goes away",
        {'homestead_model_info{version="1", digest="d"}': "1x5 _x15"},
        "16m",
        [
            {
                "severity": "critical",
                "namespace": "",
                "description": "No server with a loaded version of house_price has been"
                " scraped for 5 minutes.",
            }
        ],
    ),
    AlertCase(
        "HomesteadServerAbsent",
        "one of two servers goes away",
        {
            'homestead_model_info{version="1", digest="d"}': "1x5 _x15",
            'homestead_model_info{version="1", digest="d", pod="other"}': "1x20",
        },
        "16m",
    ),
    AlertCase(
        "HomesteadServerAbsent",
        "servers are replaced within minutes",
        {'homestead_model_info{version="1", digest="d"}': "1x5 _x8 1x10"},
        "13m",
    ),
    AlertCase(
        "HomesteadPredictionLogRefused",
        "three requests a minute cannot be logged",
        {'homestead_failed_requests_total{reason="log"}': "0x9 0+3x10"},
        "20m",
        [
            {
                "severity": "critical",
                "description": "Requests that cannot be logged are not answered: 0.05 requests"
                " per second get 503. The usual cause is a full disk under the"
                " spool.",
            }
        ],
    ),
    AlertCase(
        "HomesteadPredictionLogRefused",
        "requests fail for another reason",
        {
            'homestead_failed_requests_total{reason="internal"}': "0+3x20",
            'homestead_failed_requests_total{reason="log"}': "0x20",
        },
        "20m",
    ),
    AlertCase(
        "HomesteadPredictionLogRefused",
        "it could not be written for a while, and can again",
        {'homestead_failed_requests_total{reason="log"}': "0+3x10 30x10"},
        "20m",
    ),
    AlertCase(
        "HomesteadPredictionLogBehind",
        "one of two servers stops shipping",
        {
            "homestead_prediction_log_lag_seconds": "0x20 0+60x30",
            'homestead_prediction_log_lag_seconds{pod="other"}': "0.4x50",
        },
        "40m",
        [
            {
                "severity": "warning",
                "description": "The oldest entry in a server's spool that has not reached the"
                " database was written 19m 0s ago.",
            }
        ],
    ),
    AlertCase(
        "HomesteadPredictionLogBehind",
        "exactly five minutes behind",
        {"homestead_prediction_log_lag_seconds": "300x30"},
        "30m",
    ),
    AlertCase(
        "HomesteadPredictionLogBehind",
        "a long outage of the database has ended",
        {"homestead_prediction_log_lag_seconds": "0+60x10 0x20"},
        "25m",
    ),
    AlertCase(
        "HomesteadPredictionLogDamaged",
        "a line is left out",
        {
            "homestead_prediction_log_left_out_lines_total": "0x9 1x10",
            "homestead_prediction_log_lost_segments_total": "0x20",
            "homestead_prediction_log_set_aside_segments": "0x20",
        },
        "15m",
        [{"severity": "warning", "description": DAMAGED}],
    ),
    AlertCase(
        "HomesteadPredictionLogDamaged",
        "a segment was deleted",
        {
            "homestead_prediction_log_left_out_lines_total": "0x20",
            "homestead_prediction_log_lost_segments_total": "0x9 1x10",
            "homestead_prediction_log_set_aside_segments": "0x20",
        },
        "15m",
        [{"severity": "warning", "description": DAMAGED}],
    ),
    AlertCase(
        "HomesteadPredictionLogDamaged",
        "a segment set aside is there since before the server's start",
        {
            "homestead_prediction_log_left_out_lines_total": "0x100",
            "homestead_prediction_log_lost_segments_total": "0x100",
            "homestead_prediction_log_set_aside_segments": "1x100",
        },
        "90m",
        [{"severity": "warning", "description": DAMAGED}],
    ),
    AlertCase(
        "HomesteadPredictionLogDamaged",
        "damage was looked into and the segment removed two hours ago",
        {
            "homestead_prediction_log_left_out_lines_total": "0x9 3x200",
            "homestead_prediction_log_lost_segments_total": "0x200",
            "homestead_prediction_log_set_aside_segments": "0x9 1x30 0x200",
        },
        "180m",
    ),
    AlertCase(
        "HomesteadReleasePlanErrors",
        "a plan fails every five seconds",
        {"homestead_release_plan_errors_total": "0x9 0+12x10"},
        "20m",
        [
            {
                "severity": "warning",
                "description": "The servers failed 60 times in 5 minutes; they keep serving"
                " the version that they have.",
            }
        ],
    ),
    AlertCase(
        "HomesteadReleasePlanErrors",
        "plans failed long ago",
        {"homestead_release_plan_errors_total": "0+1x3 3x27"},
        "30m",
    ),
    AlertCase(
        "HomesteadPredictionLogShed",
        "six rows a minute are answered and not logged",
        {"homestead_prediction_log_shed_rows_total": "0x9 0+6x10"},
        "20m",
        [
            {
                "severity": "warning",
                "description": "The log cannot be written, and the servers are configured to"
                " answer without it: 0.10 rows per second are not logged.",
            }
        ],
    ),
    AlertCase(
        "HomesteadPredictionLogShed",
        "rows were shed some time ago",
        {"homestead_prediction_log_shed_rows_total": "0+6x10 60x10"},
        "20m",
    ),
    AlertCase(
        "HomesteadChallengerFails",
        "the challenger fails for ten minutes",
        {'homestead_challenger_failures_total{version="2"}': "0+3x10"},
        "10m",
        [
            {
                "severity": "warning",
                "version": "2",
                "description": "Version 2 failed to answer 0.05 requests per second; the"
                " champion answered them.",
            }
        ],
    ),
    AlertCase(
        "HomesteadChallengerFails",
        "the challenger failed once",
        {'homestead_challenger_failures_total{version="2"}': "0x5 1x10"},
        "12m",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.alert}: {case.situation}")
def test_alert(case: AlertCase, tmp_path: Path, program: Callable[[str, str], str]) -> None:
    check_case(case, tmp_path, program("promtool", "prometheus"))


def test_each_alert_has_a_firing_and_a_silent_case() -> None:
    assert_covered(CASES, service_alerts(PROBLEM))
