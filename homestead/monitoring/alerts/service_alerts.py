"""Alerts of the servers: whether they answer, log, and follow the release plan."""

from collections.abc import Iterator

from homestead.monitoring.alerts.alert import MODEL, Alert
from homestead.monitoring.promql import DEPLOYMENT, max_by, rate, series, sum_by
from homestead.problem.schema import Problem


def service_alerts(problem: Problem) -> Iterator[Alert]:
    """Yield the alerts of the servers, their prediction log and their release."""
    model = f'model="{problem.name}"'
    yield Alert(
        "HomesteadServerAbsent",
        "critical",
        f"absent({series('homestead_model_info', model)})",
        f"No server answers for {MODEL}.",
        f"No server with a loaded version of {MODEL} has been scraped for 5 minutes.",
        "5m",
    )
    yield from _prediction_log_alerts(model)
    yield from _release_alerts(model)


def _prediction_log_alerts(model: str) -> Iterator[Alert]:
    refused = rate(series("homestead_failed_requests_total", model, 'reason="log"'), "5m")
    yield Alert(
        "HomesteadPredictionLogRefused",
        "critical",
        f"{sum_by(refused)} > 0",
        f"The prediction log of {MODEL} refuses writes.",
        'Requests that cannot be logged are not answered: {{ $value | printf "%.2f" }} requests per'
        " second get 503. The usual cause is a full disk under the spool.",
        "2m",
    )
    shed = rate(series("homestead_prediction_log_shed_rows_total", model), "5m")
    yield Alert(
        "HomesteadPredictionLogShed",
        "warning",
        f"{sum_by(shed)} > 0",
        f"Predictions of {MODEL} are answered without being logged.",
        "The log cannot be written, and the servers are configured to answer without it:"
        ' {{ $value | printf "%.2f" }} rows per second are not logged.',
        "2m",
    )
    lag_s = max_by(series("homestead_prediction_log_lag_seconds", model))
    yield Alert(
        "HomesteadPredictionLogBehind",
        "warning",
        f"{lag_s} > 300",
        f"The prediction log of {MODEL} lags behind.",
        "The oldest entry in a server's spool that has not reached the database was written"
        " {{ $value | humanizeDuration }} ago.",
        "10m",
    )
    left_out = f"increase({series('homestead_prediction_log_left_out_lines_total', model)}[1h])"
    lost = f"increase({series('homestead_prediction_log_lost_segments_total', model)}[1h])"
    set_aside = series("homestead_prediction_log_set_aside_segments", model)
    yield Alert(
        "HomesteadPredictionLogDamaged",
        "warning",
        f"({sum_by(left_out)} + {sum_by(lost)} + {sum_by(set_aside)}) > 0",
        f"Entries of the prediction log of {MODEL} cannot be shipped.",
        "Lines of a server's spool are damaged, rejected by the database or deleted. Segments with"
        " such lines are kept in the spool's folder set-aside.",
        "0m",
    )


def _release_alerts(model: str) -> Iterator[Alert]:
    errors = f"increase({series('homestead_release_plan_errors_total', model)}[5m])"
    yield Alert(
        "HomesteadReleasePlanErrors",
        "warning",
        f"{sum_by(errors)} > 0",
        f"The release plan of {MODEL} cannot be followed.",
        'The servers failed {{ $value | printf "%.0f" }} times in 5 minutes; they keep serving the'
        " version that they have.",
        "1m",
    )
    failures = rate(series("homestead_challenger_failures_total", model), "5m")
    yield Alert(
        "HomesteadChallengerFails",
        "warning",
        f"{sum_by(failures, f'{DEPLOYMENT}, version')} > 0",
        f"The challenger of {MODEL} fails.",
        'Version {{ $labels.version }} failed to answer {{ $value | printf "%.2f" }} requests per'
        " second; the champion answered them.",
        "5m",
    )
