"""Page of a drift check: verdict, what changed and how, distributions then and now, what next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from homestead.drift.calibrated_result import CalibratedDrift
from homestead.drift.result import MISSING_SHARE_METHOD, UNSEEN_SHARE_METHOD, DriftResult
from homestead.problem.schema import Problem
from homestead.reports.base_page import PageHeader, render
from homestead.reports.charts import chart_html
from homestead.reports.drift.changes import ColumnChange, column_changes
from homestead.reports.drift.figures import then_and_now
from homestead.reports.wording import joined, number, percent

if TYPE_CHECKING:
    import pandas as pd

_METHODS = {
    "ks": "Kolmogorov–Smirnov test, p-value (drift below 0.05)",
    "two_sample_chisquare": "chi-square test, p-value (drift below 0.05)",
    "standardised_wasserstein": "Wasserstein distance in standard deviations (drift from 0.1)",
    "jensenshannon": "Jensen–Shannon distance (drift from 0.1)",
    MISSING_SHARE_METHOD: f"{MISSING_SHARE_METHOD} (drift from 0.1)",
    UNSEEN_SHARE_METHOD: f"{UNSEEN_SHARE_METHOD} (drift from 0.1)",
}
# Named in sentences; the table holds all.
_NAMED_COLUMNS = 3
_DRAWN_COLUMNS = 24


@dataclass(frozen=True)
class ComparedRows:
    """What a check compared.

    Attributes:
        version: registered version of the champion whose training rows were compared.
        reference: rows of the champion's training snapshot, one column for each input.
        served: rows of the window, likewise; no columns if it has no rows.
        first_at, last_at: times of the oldest and newest served row, UTC; None if there is none.
    """

    version: str
    reference: "pd.DataFrame"
    served: "pd.DataFrame"
    first_at: datetime | None = None
    last_at: datetime | None = None


def drift_summary_html(
    result: DriftResult, problem: Problem, compared: ComparedRows, at: datetime
) -> str:
    """Return the page of one check; it links to ``evidently.html`` beside it.

    Args:
        at: time of the check, UTC.
    """
    calibrated = result.calibrated
    changes = column_changes(result, compared.reference, compared.served, problem.columns)
    return render(
        "drift_summary.html",
        PageHeader(problem.name, f"version {compared.version}", at),
        problem=problem,
        result=result,
        drifted=result.drifted_columns,
        columns=sorted(result.columns, key=lambda column: not column.drifted),
        changes=changes,
        answers=() if calibrated is None else _answers(calibrated),
        methods=_METHODS,
        calibrated=calibrated,
        drifted_most=() if calibrated is None else calibrated.drifted[:_NAMED_COLUMNS],
        effect_of_classifier=None if calibrated is None else 2 * calibrated.classifier.auc - 1,
        histograms=_histograms(changes),
        compared=compared,
        reference_rows=len(compared.reference),
        next_steps=next_steps(result, changes, problem),
    )


def _answers(calibrated: CalibratedDrift) -> list[object]:
    """Return the tests of predictions and outcomes, as far as they were made."""
    return [column for column in (calibrated.prediction, calibrated.target) if column is not None]


def _histograms(changes: Sequence[ColumnChange]) -> str:
    drawn = changes[:_DRAWN_COLUMNS]
    if not drawn:
        return ""
    return chart_html(partial(then_and_now, changes=drawn), changes_sentence(changes))


def changes_sentence(changes: Sequence[ColumnChange]) -> str:
    """Say which inputs moved most and where to; at least one is given."""
    moved = [change for change in changes if change.drifted]
    if not moved:
        most = max(changes, key=lambda change: change.effect or 0.0)
        return (
            f"No input moved by more than chance; most did {most.name}"
            f" ({most.direction}, effect {number(most.effect)})."
        )
    parts = [
        f"{change.name} ({change.direction}{f', {change.change}' if change.change else ''})"
        for change in moved[:_NAMED_COLUMNS]
    ]
    return f"{len(moved)} of {len(changes)} inputs moved, most of all {joined(parts)}."


def next_steps(result: DriftResult, changes: Sequence[ColumnChange], problem: Problem) -> list[str]:
    """Return what to do about the verdict, in order."""
    if result.verdict == "inconclusive":
        lacking = max(problem.drift.min_rows - result.rows, 0)
        return [
            f"Check again when at least {number(lacking)} more rows have been served, or choose a"
            " longer window: homestead drift --since."
        ]
    has_drift = result.verdict == "drift" or (
        result.calibrated is not None and result.calibrated.verdict == "drift"
    )
    if not has_drift:
        return ["Nothing needs to be done: the served rows look like those of the training."]
    moved = [change.name for change in changes if change.drifted][:_NAMED_COLUMNS]
    steps = []
    if moved:
        steps.append(
            f"Look whether {joined(moved)} changed at the source, by another unit, default or"
            " filter: then mend it there, since retraining would learn the fault."
        )
    steps.append(
        "See whether predictions have become worse: homestead performance compares them with"
        " what was promised."
    )
    share = percent(problem.drift.max_drift_share, 0)
    steps.append(
        "If the world has changed, retrain on newer rows: homestead train, or homestead retrain"
        f" check where a section retraining lets drift of more than {share} start it."
    )
    return steps
