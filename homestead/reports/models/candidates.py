"""All candidates of a run, the losing ones too: what each scored on validation, and with what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from markupsafe import Markup

from homestead.problem.model_metrics.table import MODEL_METRICS
from homestead.problem.schema import Problem
from homestead.reports.charts import (
    QUIET_COLOR,
    WINNER_COLOR,
    Frame,
    canvas,
    chart_html,
    label_rows,
    row_height,
    short_numbers,
)
from homestead.reports.wording import is_share, metric_label, metric_value, percent
from homestead.training.candidate_summary import OneProcessFigure, SelectedCandidate, TrialFigure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class CandidateRow:
    """A candidate and its score.

    Attributes:
        value: of the problem's metric on the validation rows; None without one.
        worse_by: relative to the chosen one; None without a value, and for the chosen one.
        params: its parameters as text, by name.
        trials: the trials of its search, in the order of their numbers.
        workers: how Spark's workers fitted it, and what one process scores; '' if one process did.
    """

    name: str
    estimator: str
    value: float | None
    worse_by: float | None
    params: Mapping[str, str]
    trials: Sequence[TrialFigure]
    is_chosen: bool
    workers: str = ""

    @property
    def pruned_trials(self) -> int:
        """How many trials were given up."""
        return sum(bool(trial.pruned) for trial in self.trials)


def candidate_rows(selected: SelectedCandidate, problem: Problem) -> list[CandidateRow]:
    """Return all candidates of a run, the best first, those without a score last."""
    metric = MODEL_METRICS[problem.metric]
    best = selected.all_candidates.get(selected.name)
    rows = []
    for name, value in selected.all_candidates.items():
        worse_by = None
        if value is not None and best and name != selected.name:
            worse_by = (metric.loss(value) - metric.loss(best)) / abs(best)
        candidate = problem.candidates.get(name)
        rows.append(
            CandidateRow(
                name,
                "" if candidate is None else candidate.estimator,
                value,
                worse_by,
                selected.all_params.get(name, {}),
                selected.all_trials.get(name, []),
                is_chosen=name == selected.name,
                workers=workers_sentence(
                    selected.all_workers.get(name),
                    selected.all_one_process.get(name),
                    problem,
                    value,
                ),
            )
        )
    return sorted(rows, key=lambda row: (not row.is_chosen, metric.order(row.value), row.name))


def workers_sentence(
    workers: int | None, one_process: OneProcessFigure | None, problem: Problem, value: float | None
) -> str:
    """Say how many workers fitted a candidate, and what one process scores beside them.

    Args:
        value: of the problem's metric on validation, of the workers' fit.

    Returns:
        '' for a candidate that one process fitted.
    """
    if workers is None:
        return ""
    unit = problem.columns[problem.target].unit
    own = metric_value(problem.metric, value, unit)
    said = f"fitted by {workers} workers of Spark together: {own} on validation"
    if one_process is None:
        return said
    if one_process.skipped:
        return f"{said}; one process was not asked: {one_process.skipped}"
    other = metric_value(problem.metric, one_process.value, unit)
    return f"{said}; one process with the same parameters: {other}"


def candidates_chart(rows: Sequence[CandidateRow], problem: Problem) -> Markup | str:
    """Return the chart of the candidates' scores; empty if there is nothing to compare."""
    known = [row for row in rows if row.value is not None]
    if len(known) < 2:
        return ""
    unit = problem.columns[problem.target].unit
    draw = partial(candidate_dots, rows=known, metric=problem.metric, unit=unit)
    return chart_html(draw, candidates_sentence(known, problem.metric, unit))


def candidates_sentence(rows: Sequence[CandidateRow], metric: str, unit: str) -> str:
    """Say which candidate is best and how far the next one is; at least two are given."""
    best, following = rows[0], rows[1]
    return (
        f"{best.name} is the best of {len(rows)} candidates with"
        f" {metric_value(metric, best.value, unit)}; the next, {following.name}, has"
        f" {metric_value(metric, following.value, unit)}, {percent(following.worse_by)} worse."
    )


def candidate_dots(
    frame: Frame, rows: Sequence[CandidateRow], metric: str, unit: str = ""
) -> "Figure":
    """Draw the score of each candidate; the chosen one is filled and colored."""
    from matplotlib.ticker import PercentFormatter

    figure, (axis,) = canvas(frame, row_height(frame, len(rows)))
    for place, row in enumerate(rows):
        color = WINNER_COLOR if row.is_chosen else QUIET_COLOR
        marker = "o" if row.is_chosen else "s"
        axis.scatter(row.value or 0.0, -place, s=50, color=color, marker=marker, zorder=3)
    label_rows(axis, frame, [row.name for row in rows])
    if is_share(metric):
        axis.xaxis.set_major_formatter(PercentFormatter(1))
    else:
        short_numbers(axis.xaxis)
    axis.set_xlabel(f"{metric_label(metric, unit)}, on validation")
    return figure
