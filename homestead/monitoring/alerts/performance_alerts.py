"""Alerts of a model's performance on what it served."""

from collections.abc import Iterator

from homestead.monitoring.alerts.alert import MODEL, VALUE_AS_DURATION, Alert, percentage
from homestead.monitoring.promql import max_by, series
from homestead.problem.schema import Problem

_SECONDS_PER_HOUR = 3600
_VALUE = '{{ $value | printf "%.4g" }}'


def performance_alerts(problem: Problem) -> Iterator[Alert]:
    """Yield the alerts of harm, by labels and by estimate, and of reports that are missing."""
    model, policy = f'model="{problem.name}"', problem.performance
    beyond = f"more than {percentage(policy.tolerance)} worse than its certificate promised"
    yield Alert(
        "HomesteadPerformanceHarm",
        "warning",
        f"{_value(model, 'measured')} and {_verdict(model, 'measured', 'harm')} == 1",
        f"Predictions of {MODEL} are worse than its certificate promised.",
        f"On labelled predictions the metric was {_VALUE} in the newest performance report,"
        f" {beyond}.",
    )
    yield Alert(
        "HomesteadPerformanceEstimatedHarm",
        "warning",
        # Labels tell more than any estimate.
        f"{_value(model, 'estimated')} and {_verdict(model, 'estimated', 'harm')} == 1"
        f" unless {_verdict(model, 'measured', 'inconclusive')} == 0",
        f"Predictions of {MODEL} are probably worse than its certificate promised.",
        f"Without enough labels, the metric is estimated at {_VALUE}, {beyond}.",
    )
    checked = max_by(series("homestead_performance_checked_timestamp_seconds", model))
    yield Alert(
        "HomesteadPerformanceNotChecked",
        "warning",
        f"time() - {checked} > {policy.report_age_hours * _SECONDS_PER_HOUR:.10g}",
        f"The performance of {MODEL} is no longer being checked.",
        f"The newest performance report is {VALUE_AS_DURATION} old; allowed are"
        f" {policy.report_age_hours:g} hours.",
        "15m",
    )


def _value(model: str, figure: str) -> str:
    return max_by(series("homestead_performance", model, f'figure="{figure}"', 'bound="value"'))


def _verdict(model: str, figure: str, verdict: str) -> str:
    labels = (f'figure="{figure}"', f'verdict="{verdict}"')
    return max_by(series("homestead_performance_verdict", model, *labels))
