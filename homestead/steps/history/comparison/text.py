"""Findings of a comparison with the offline store as lines of text."""

from collections.abc import Iterator

from homestead.reports.wording import duration
from homestead.steps.history.comparison.findings import (
    MEANINGS,
    FeatureMismatch,
    FeatureParity,
    ParityReport,
)

_SHOWN = 5


def parity_lines(report: ParityReport) -> Iterator[str]:
    """Yield what was compared, each kind of mismatch with examples, and what could not be."""
    if not report.rows:
        yield "no predictions in this window"
        return
    compared = sum(feature.compared for feature in report.features.values())
    yield (
        f"{report.rows:,} rows: {compared:,} values of {len(report.features)} inputs compared,"
        f" {report.mismatched_values:,} differ; predictions: {report.predictions_equal:,} equal,"
        f" {report.predictions_different:,} different, {report.predictions_skipped:,} not replayed"
    )
    for name, feature in report.features.items():
        if feature.mismatches:
            yield from _feature_lines(name, feature)
    within = sum(feature.within_lag for feature in report.features.values())
    if within:
        yield f"{within:,} values were behind the offline store, but within the allowed lag"
    for view, rows in report.stale_rows.items():
        yield f"view {view}: {rows:,} rows were served values beyond its time to live, as it allows"
    for mismatch in report.prediction_mismatches:
        yield (
            f"prediction {mismatch.prediction_id}, row {mismatch.row}, entity {mismatch.entity},"
            f" version {mismatch.version}, {age(mismatch.age_s)} ago: logged {mismatch.logged!r},"
            f" the stored model gives {mismatch.replayed!r}"
        )
    for note, rows in report.notes.items():
        yield f"not compared: {note}" + (f" ({rows:,} rows)" if rows else "")


def age(seconds: float | None) -> str:
    """Return an age in its two largest units; one that is negative lies in the future."""
    if seconds is None:
        return "of unknown age"
    text = duration(abs(seconds))
    return f"{text} too early" if seconds < 0 else f"{text} old"


def _feature_lines(name: str, feature: FeatureParity) -> Iterator[str]:
    share = sum(feature.mismatches.values()) / max(feature.compared, 1)
    yield f"{name}: {share:.2%} of {feature.compared:,} values differ"
    for kind, rows in feature.mismatches.items():
        yield f"  {kind} {rows:,}: {MEANINGS[kind]}"
    for example in feature.examples[:_SHOWN]:
        yield f"  {_described(example)}"


def _described(mismatch: FeatureMismatch) -> str:
    return (
        f"prediction {mismatch.prediction_id}, row {mismatch.row}, entity {mismatch.entity}:"
        f" served {_value(mismatch.logged, mismatch.logged_age_s)},"
        f" offline {_value(mismatch.offline, mismatch.offline_age_s)}"
    )


def _value(value: float | None, age_s: float | None) -> str:
    number = "no value" if value is None else f"{value!r}"
    return number if age_s is None else f"{number} ({age(age_s)})"
