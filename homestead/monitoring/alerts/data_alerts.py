"""Alerts of the model's inputs: the online store, the age of features, and drift."""

from collections.abc import Iterator

from homestead.monitoring.alerts.alert import MODEL, VALUE_AS_DURATION, Alert, percentage
from homestead.monitoring.promql import DEPLOYMENT, max_by, series
from homestead.problem.schema import Problem

_SECONDS_PER_DAY = 86400


def input_alerts(problem: Problem) -> Iterator[Alert]:
    """Yield the alerts of the online store, of each view's age, and of drift."""
    model = f'model="{problem.name}"'
    if problem.views:  # without views no server opens a store
        available = f"min by ({DEPLOYMENT}) ({series('homestead_feature_store_available', model)})"
        yield Alert(
            "HomesteadFeatureStoreAway",
            "warning",
            f"{available} == 0",
            f"The online feature store of {MODEL} cannot be read.",
            "At least one server has been unable to read it for 2 minutes. Requests that need it"
            " get 503, or an answer without the view, as its on_store_failure says.",
            "2m",
        )
    for name, view in problem.views.items():
        days = problem.objectives.feature_age_days or view.ttl_days
        fresh = series("homestead_feature_freshness_timestamp_seconds", model, f'view="{name}"')
        yield Alert(
            "HomesteadFeaturesStale",
            "warning",
            f"time() - {max_by(fresh, f'{DEPLOYMENT}, view')} > {days * _SECONDS_PER_DAY:.10g}",
            f"Features of {MODEL} are stale.",
            f"The newest value of view {name} in the online store is {VALUE_AS_DURATION} old;"
            f" allowed are {days:g} days.",
            "15m",
            {"view": name},
        )
    yield from _drift_alerts(problem, model)


def _drift_alerts(problem: Problem, model: str) -> Iterator[Alert]:
    share = max_by(series("homestead_drift_share", model))
    yield Alert(
        "HomesteadDrift",
        "warning",
        f"{share} > {max_by(series('homestead_drift_threshold', model))}",
        f"Requests to {MODEL} no longer look like its training data.",
        "{{ $value | humanizePercentage }} of the model's inputs drifted in the latest report;"
        f" allowed are {percentage(problem.drift.max_drift_share)}.",
    )
    calibrated = max_by(series("homestead_drift_calibrated", model))
    columns = max_by(series("homestead_drift_calibrated_columns", model))
    yield Alert(
        "HomesteadCalibratedDrift",
        "warning",
        f"{columns} and {calibrated} == 1",
        f"Requests to {MODEL} differ from its training data by more than chance.",
        'The calibrated tests of the latest report name {{ $value | printf "%.0f" }} inputs,'
        " predictions or outcomes that drifted; 0 if only all inputs together did. Without drift"
        " this happens in at most"
        f" {percentage(problem.drift.false_alarms_per_month)} of months.",
    )
    yield Alert(
        "HomesteadDriftInconclusive",
        "warning",
        # The share of an inconclusive report is NaN, for which >= 0 does not hold.
        f"{max_by(series('homestead_drift_rows', model))} unless {share} >= 0",
        f"It has been unknown for 3 days whether {MODEL} drifts.",
        'The latest report compared {{ $value | printf "%.0f" }} logged rows, too few for a verdict'
        f" (at least {problem.drift.min_rows} are needed).",
        "3d",
    )
