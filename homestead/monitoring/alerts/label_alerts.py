"""Alerts of labels that stop coming, and of labels that cannot count."""

from collections.abc import Iterator

from homestead.monitoring.alerts.alert import MODEL, VALUE_AS_DURATION, Alert, percentage
from homestead.monitoring.promql import max_by, series
from homestead.problem.schema import Problem

MAX_QUARANTINED_SHARE = 0.1
MIN_QUARANTINED = 20
_SECONDS_PER_DAY = 86_400


def label_alerts(problem: Problem) -> Iterator[Alert]:
    """Yield both alerts; a problem that never had a label has neither."""
    model, days = f'model="{problem.name}"', problem.objectives.label_age_days
    newest = max_by(series("homestead_label_timestamp_seconds", model))
    yield Alert(
        "HomesteadLabelsAbsent",
        "warning",
        f"time() - {newest} > {days * _SECONDS_PER_DAY:.10g}",
        f"No more labels come for predictions of {MODEL}.",
        f"The newest one arrived {VALUE_AS_DURATION} ago; allowed are {days:g} days.",
        "15m",
    )
    quarantined, joined = _labels(model, "quarantined"), _labels(model, "joined")
    yield Alert(
        "HomesteadLabelsQuarantined",
        "warning",
        f"{quarantined} / ({quarantined} + {joined}) > {MAX_QUARANTINED_SHARE:g}"
        f" and {quarantined} >= {MIN_QUARANTINED}",
        f"Many labels for {MODEL} cannot count.",
        "{{ $value | humanizePercentage }} of the labels of the last day are in quarantine; allowed"
        f" are {percentage(MAX_QUARANTINED_SHARE)}.",
        "15m",
    )


def _labels(model: str, state: str) -> str:
    return max_by(series("homestead_labels", model, f'state="{state}"'))
