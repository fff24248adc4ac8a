"""Histories of series, and what each alert makes of them: firing and silent, near the limit."""

from dataclasses import dataclass, field

DAY = 86400


@dataclass(frozen=True)
class Case:
    """A history and what one alert makes of it.

    Attributes:
        values: by series without the labels model, namespace and pod, in promtool's notation,
            one value a step from 1970 on: ``0+2x30`` is 0 and 30 times 2 more, ``5x30`` is 31
            times 5, ``_`` is nothing.
        step: time between values; ``evaluated``: between evaluations, a step where not given.
        fires: labels and, as ``says``, the description of each alert at ``at``.
    """

    alert: str
    why: str
    values: dict[str, str]
    at: str
    fires: list[dict[str, str]] = field(default_factory=list)
    step: str = "1m"
    evaluated: str = ""


def availability(failed: str, answered: str = "") -> dict[str, str]:
    return {
        'failed_requests_total{reason="internal"}': failed,
        'prediction_duration_seconds_count{version="1"}': answered or QUIET + " 2160000+1000x2160",
    }


def latency(slow: str) -> dict[str, str]:
    """1000 answers a step of which the given ones are slow: the rest is in the bucket."""
    return {
        'prediction_duration_seconds_count{version="1"}': QUIET + " 2160000+1000x2160",
        'prediction_duration_seconds_bucket{version="1", le="0.05"}': slow,
    }


# Three days of 1000 answers in each step of two minutes; a history goes on behind it.
QUIET = "0+1000x2159"
CLEAN = "0x2159"


def burn(long: str, short: str, severity: str, says: str) -> dict[str, str]:
    return {"severity": severity, "long_window": long, "short_window": short, "says": says}


def spent(times: str, long: str, short: str, limit: str, goal: str) -> str:
    return (
        f"Over {long} it was spent {times} times as fast as lasts for 30 days (limit {limit}), and"
        f" over {short} too. The objective: {goal}."
    )


ANSWERED, QUICK = "99.9% answered", "99% answered within 50 ms"
AVAILABILITY, LATENCY = "HomesteadAvailabilityBudgetBurn", "HomesteadLatencyBudgetBurn"
OLD = -7300 * DAY

CASES = [
    Case(
        AVAILABILITY,
        "2% fail for an hour after three good days",
        availability(f"{CLEAN} 0+20.5x30"),
        "73h",
        [burn("1h", "5m", "critical", spent("20.1", "1h", "5m", "14.4", ANSWERED))],
        "2m",
        "1h",
    ),
    Case(
        AVAILABILITY,
        "0.8% fail for six hours",
        availability(f"{CLEAN} 0+8x180"),
        "78h",
        [burn("6h", "30m", "critical", spent("7.9", "6h", "30m", "6", ANSWERED))],
        "2m",
        "1h",
    ),
    Case(
        AVAILABILITY,
        "0.4% fail for a day",
        availability(f"{CLEAN} 0+4x720"),
        "96h",
        [
            burn("1d", "2h", "warning", spent("4.0", "1d", "2h", "3", ANSWERED)),
            burn("3d", "6h", "warning", spent("1.3", "3d", "6h", "1", ANSWERED)),
        ],
        "2m",
        "1h",
    ),
    Case(
        AVAILABILITY,
        "0.15% fail for three days",
        availability(f"{CLEAN} 0+1.5x2160"),
        "144h",
        [burn("3d", "6h", "warning", spent("1.5", "3d", "6h", "1", ANSWERED))],
        "2m",
        "1h",
    ),
    Case(
        AVAILABILITY,
        "an hour below the first limit: 1.4% fail",
        availability(f"{CLEAN} 0+14x30"),
        "73h",
        step="2m",
        evaluated="1h",
    ),
    Case(
        AVAILABILITY,
        "2% failed for 50 minutes, and since ten minutes none does",
        availability(f"{CLEAN} 0+20.5x25 512.5x5"),
        "73h",
        step="2m",
        evaluated="1h",
    ),
    Case(
        AVAILABILITY,
        "0.09% fail for three days: the budget allows it",
        availability(f"{CLEAN} 0+0.9x2160"),
        "144h",
        step="2m",
        evaluated="1h",
    ),
    Case(
        AVAILABILITY,
        "all that comes is refused as the client's mistake",
        availability("0x60", "7x60") | {'rejected_requests_total{reason="type"}': "0+1000x60"},
        "1h",
    ),
    Case(
        AVAILABILITY,
        "explanations are asked for that the model can't give",
        {
            'failed_requests_total{reason="explain"}': "0+100x60",
            'prediction_duration_seconds_count{version="1"}': "0+100x60",
        },
        "1h",
    ),
    Case(
        AVAILABILITY,
        "nothing is asked and nothing ever failed",
        {'prediction_duration_seconds_count{version="1"}': "0x60"},
        "1h",
    ),
    Case(
        AVAILABILITY,
        "every request fails",
        availability("0+10x30", "7x30"),
        "30m",
        [
            burn(long, short, severity, spent("1000.0", long, short, limit, ANSWERED))
            for long, short, severity, limit in (
                ("1h", "5m", "critical", "14.4"),
                ("6h", "30m", "critical", "6"),
                ("1d", "2h", "warning", "3"),
                ("3d", "6h", "warning", "1"),
            )
        ],
    ),
    Case(
        LATENCY,
        "a fifth is slow for an hour",
        latency(f"{QUIET} 2160000+800x30"),
        "73h",
        [burn("1h", "5m", "critical", spent("20.0", "1h", "5m", "14.4", QUICK))],
        "2m",
        "1h",
    ),
    Case(
        LATENCY,
        "8% are slow for six hours",
        latency(f"{QUIET} 2160000+920x180"),
        "78h",
        [burn("6h", "30m", "critical", spent("8.0", "6h", "30m", "6", QUICK))],
        "2m",
        "1h",
    ),
    Case(
        LATENCY,
        "4% are slow for a day",
        latency(f"{QUIET} 2160000+960x720"),
        "96h",
        [
            burn("1d", "2h", "warning", spent("4.0", "1d", "2h", "3", QUICK)),
            burn("3d", "6h", "warning", spent("1.3", "3d", "6h", "1", QUICK)),
        ],
        "2m",
        "1h",
    ),
    Case(
        LATENCY,
        "0.9% are slow for three days: the budget allows it",
        latency(f"{QUIET} 2160000+991x2160"),
        "144h",
        step="2m",
        evaluated="1h",
    ),
    Case(
        "HomesteadServerAbsent",
        "the last server goes away",
        {'model_info{version="1", digest="d"}': "1x5 _x15"},
        "16m",
        [
            {
                "severity": "critical",
                "namespace": "",
                "says": "For 5 minutes no server with a loaded version of house_price has been"
                " scraped.",
            }
        ],
    ),
    Case(
        "HomesteadServerAbsent",
        "one of two servers goes away",
        {
            'model_info{version="1", digest="d"}': "1x5 _x15",
            'model_info{version="1", digest="d", pod="other"}': "1x20",
        },
        "16m",
    ),
    Case(
        "HomesteadServerAbsent",
        "servers are replaced within minutes",
        {'model_info{version="1", digest="d"}': "1x5 _x8 1x10"},
        "13m",
    ),
    Case(
        "HomesteadPredictionLogRefused",
        "three requests a minute can't be logged",
        {'failed_requests_total{reason="log"}': "0x9 0+3x10"},
        "20m",
        [
            {
                "severity": "critical",
                "says": "What can't be logged is not answered: 0.05 requests a second get 503."
                " Usually the spool's disk is full.",
            }
        ],
    ),
    Case(
        "HomesteadPredictionLogRefused",
        "requests fail for another reason",
        {
            'failed_requests_total{reason="internal"}': "0+3x20",
            'failed_requests_total{reason="log"}': "0x20",
        },
        "20m",
    ),
    Case(
        "HomesteadPredictionLogRefused",
        "it could not be written, and can again",
        {'failed_requests_total{reason="log"}': "0+3x10 30x10"},
        "20m",
    ),
    Case(
        "HomesteadPredictionLogBehind",
        "just more than five minutes' rows are behind",
        {"prediction_log_lag_rows": "301x30", 'predictions_total{version="1"}': "0+60x30"},
        "30m",
        [
            {
                "severity": "warning",
                "says": "301 predicted rows, those of more than 5 minutes, lie in the servers'"
                " spools and have not reached the database.",
            }
        ],
    ),
    Case(
        "HomesteadPredictionLogBehind",
        "the database went away, then the traffic: one row stays behind",
        {"prediction_log_lag_rows": "1x30", 'predictions_total{version="1"}': "8x30"},
        "30m",
        [
            {
                "severity": "warning",
                "says": "1 predicted rows, those of more than 5 minutes, lie in the servers'"
                " spools and have not reached the database.",
            }
        ],
    ),
    Case(
        "HomesteadPredictionLogBehind",
        "exactly five minutes' rows are behind",
        {"prediction_log_lag_rows": "300x30", 'predictions_total{version="1"}': "0+60x30"},
        "30m",
    ),
    Case(
        "HomesteadPredictionLogBehind",
        "a batch waits at each look, and is gone at the next",
        {
            "prediction_log_lag_rows": "900 0 " * 15,
            'predictions_total{version="1"}': "0+60x30",
        },
        "28m",
    ),
    Case(
        "HomesteadReleasePlanErrors",
        "the plan is tried every five seconds",
        {"release_plan_errors_total": "0x9 0+12x10"},
        "20m",
        [
            {
                "severity": "warning",
                "says": "The servers tried 60 times in 5 minutes; they go on with the version they"
                " have.",
            }
        ],
    ),
    Case(
        "HomesteadReleasePlanErrors",
        "it was wrong once, long ago",
        {"release_plan_errors_total": "0+1x3 3x27"},
        "30m",
    ),
    Case(
        "HomesteadPredictionLogShed",
        "six rows a minute are answered and not logged",
        {"prediction_log_shed_rows_total": "0x9 0+6x10"},
        "20m",
        [
            {
                "severity": "warning",
                "says": "The log can't be written and the servers are set to shed: 0.10 rows a"
                " second leave no trace.",
            }
        ],
    ),
    Case(
        "HomesteadPredictionLogShed",
        "it shed rows some time ago",
        {"prediction_log_shed_rows_total": "0+6x10 60x10"},
        "20m",
    ),
    Case(
        "HomesteadChallengerFails",
        "it fails for ten minutes",
        {'challenger_failures_total{version="2"}': "0+3x10"},
        "10m",
        [
            {
                "severity": "warning",
                "version": "2",
                "says": "Version 2 could not answer 0.05 requests a second; the champion did.",
            }
        ],
    ),
    Case(
        "HomesteadChallengerFails",
        "it failed once",
        {'challenger_failures_total{version="2"}': "0x5 1x10"},
        "12m",
    ),
    Case(
        "HomesteadFeatureStoreAway",
        "one of two servers can't read it",
        {"feature_store_available": "1 1 0x5", 'feature_store_available{pod="other"}': "1x10"},
        "5m",
        [
            {
                "severity": "warning",
                "says": "At least one server has not been able to read it for 2 minutes: there,"
                " requests by key get 503, and those with all features are answered.",
            }
        ],
    ),
    Case(
        "HomesteadFeatureStoreAway",
        "it was away for less than two minutes",
        {"feature_store_available": "1 0 0 1x9"},
        "3m",
    ),
    Case(
        "HomesteadFeaturesStale",
        "the newest value is a quarter of an hour older than allowed",
        {
            'feature_freshness_timestamp_seconds{view="market"}': f"{OLD}x30",
            'feature_freshness_timestamp_seconds{view="house"}': "0x30",
        },
        "16m",
        [
            {
                "severity": "warning",
                "view": "market",
                "says": "The newest value of view market in the online store is 7300d 0h 16m 0s"
                " old, allowed are 7300 days.",
            }
        ],
    ),
    Case(
        "HomesteadFeaturesStale",
        "the newest value is as old as allowed all the time",
        {'feature_freshness_timestamp_seconds{view="market"}': f"{OLD}+60x30"},
        "30m",
    ),
    Case(
        "HomesteadDrift",
        "seven of twenty inputs drifted",
        {"drift_share": "0.35x5", "drift_threshold": "0.3x5"},
        "5m",
        [
            {
                "severity": "warning",
                "says": "35% of the model's inputs drifted in the newest report, allowed are 30%.",
            }
        ],
    ),
    Case(
        "HomesteadDrift",
        "exactly the allowed share drifted",
        {"drift_share": "0.3x5", "drift_threshold": "0.3x5"},
        "5m",
    ),
    Case(
        "HomesteadDrift",
        "the report is inconclusive",
        {"drift_share": "NaN NaN NaN", "drift_threshold": "0.3x5"},
        "2m",
    ),
    Case(
        "HomesteadDrift",
        "the problem allows more",
        {"drift_share": "0.35x5", "drift_threshold": "0.5x5"},
        "5m",
    ),
    Case(
        "HomesteadDriftInconclusive",
        "for three days too few rows",
        {"drift_share": "NaN " * 73, "drift_rows": "40x72"},
        "72h",
        [
            {
                "severity": "warning",
                "says": "The newest report saw 40 logged rows, too few to tell (needed are 100).",
            }
        ],
        "1h",
    ),
    Case(
        "HomesteadDriftInconclusive",
        "for an hour less than three days",
        {"drift_share": "NaN " * 73, "drift_rows": "40x72"},
        "71h",
        step="1h",
    ),
    Case(
        "HomesteadDriftInconclusive",
        "a report in between could tell, and found none",
        {"drift_share": "NaN " * 48 + "0 " + "NaN " * 24, "drift_rows": "40x72"},
        "72h",
        step="1h",
    ),
    Case(
        "HomesteadDriftNotChecked",
        "the last report is 26 hours and a half old",
        {"drift_checked_timestamp_seconds": "0x110"},
        "26h30m",
        [
            {
                "severity": "warning",
                "says": "The newest drift report, or without one the model, is 1d 2h 30m 0s old,"
                " allowed are 26 hours.",
            }
        ],
        "15m",
    ),
    Case(
        "HomesteadDriftNotChecked",
        "there never was a report since the model was made",
        {"model_created_timestamp_seconds": "0x110"},
        "26h30m",
        [
            {
                "severity": "warning",
                "says": "The newest drift report, or without one the model, is 1d 2h 30m 0s old,"
                " allowed are 26 hours.",
            }
        ],
        "15m",
    ),
    Case(
        "HomesteadDriftNotChecked",
        "the last report is 26 hours old",
        {"drift_checked_timestamp_seconds": "0x110"},
        "26h",
        step="15m",
    ),
    Case(
        "HomesteadDriftNotChecked",
        "the model is old and the report new; one of two servers has not seen it",
        {
            "model_created_timestamp_seconds": "0x110",
            "drift_checked_timestamp_seconds": "0x110",
            'drift_checked_timestamp_seconds{pod="other"}': "90000x110",
        },
        "26h30m",
        step="15m",
    ),
    Case(
        "HomesteadTaskFailed",
        "drift failed an hour after it had succeeded",
        {
            'task_finished_timestamp_seconds{task="drift", outcome="succeeded"}': "0x120",
            'task_finished_timestamp_seconds{task="drift", outcome="failed"}': "3600x120",
            'task_finished_timestamp_seconds{task="training", outcome="succeeded"}': "3600x120",
        },
        "2h",
        [
            {
                "severity": "warning",
                "task": "drift",
                "says": "It failed at 1970-01-01 01:00:00 +0000 UTC, and none has succeeded since.",
            }
        ],
    ),
    Case(
        "HomesteadTaskFailed",
        "the very first training failed",
        {'task_finished_timestamp_seconds{task="training", outcome="failed"}': "60x120"},
        "2h",
        [
            {
                "severity": "warning",
                "task": "training",
                "says": "It failed at 1970-01-01 00:01:00 +0000 UTC, and none has succeeded since.",
            }
        ],
    ),
    Case(
        "HomesteadTaskFailed",
        "it succeeded a second after it had failed",
        {
            'task_finished_timestamp_seconds{task="drift", outcome="succeeded"}': "3601x120",
            'task_finished_timestamp_seconds{task="drift", outcome="failed"}': "3600x120",
        },
        "2h",
    ),
    Case(
        "HomesteadModelTooOld",
        "it was registered five weeks and a half day ago, and nothing trained since",
        {"model_created_timestamp_seconds": "0x150"},
        "852h",
        [
            {
                "severity": "warning",
                "says": "It was registered, or last confirmed by a training run, 35d 12h 0m 0s ago,"
                " allowed are 35 days.",
            }
        ],
        "6h",
    ),
    Case(
        "HomesteadModelTooOld",
        "it is five weeks old",
        {"model_created_timestamp_seconds": "0x150"},
        "840h",
        step="6h",
    ),
    Case(
        "HomesteadModelTooOld",
        "a training of the day before kept it",
        {
            "model_created_timestamp_seconds": "0x150",
            'task_finished_timestamp_seconds{task="training", outcome="succeeded"}': (
                f"_x139 {34 * DAY}x10"
            ),
        },
        "852h",
        step="6h",
    ),
    Case(
        "HomesteadModelTooOld",
        "trainings fail, which confirms nothing",
        {
            "model_created_timestamp_seconds": "0x150",
            'task_finished_timestamp_seconds{task="training", outcome="failed"}': (
                f"_x139 {34 * DAY}x10"
            ),
        },
        "852h",
        [
            {
                "severity": "warning",
                "says": "It was registered, or last confirmed by a training run, 35d 12h 0m 0s ago,"
                " allowed are 35 days.",
            }
        ],
        "6h",
    ),
]
