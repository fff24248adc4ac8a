"""From served rows, labels, promise and what was learnt at training to a performance report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from homestead.performance.estimated import estimate
from homestead.performance.judgement import (
    ESTIMATED_PART,
    MEASURED_PART,
    SLICES_PART,
    judge,
    look_level,
)
from homestead.performance.measured import UncertainFigure, measure
from homestead.performance.periods import periods
from homestead.performance.report import (
    Figure,
    JudgedFigure,
    MetricFigures,
    PerformanceReport,
    PeriodFigures,
    VersionFigures,
)
from homestead.performance.served_rows import ServedRows
from homestead.performance.served_version import ServedVersion
from homestead.performance.slices import slice_figures
from homestead.problem.answers.metrics import problem_metrics
from homestead.problem.model_metrics.table import ModelMetric
from homestead.problem.schema import Problem


@dataclass(frozen=True)
class Window:
    """When the judged rows were answered, and when one looks at them.

    Attributes:
        look: position of this look at the problem among those of its day (UTC), from 1.
        data_hash: SHA-256 of what was read, in hex.
        notes: sentences about what could not be read.
    """

    since: datetime
    until: datetime
    at: datetime
    look: int = 1
    data_hash: str = ""
    notes: tuple[str, ...] = ()


def make_report(
    problem: Problem, champion: ServedVersion, others: Sequence[ServedVersion], window: Window
) -> PerformanceReport:
    """Return the report of a look.

    Args:
        problem: with the classes of the champion.
        champion: whose rows are judged.
        others: other versions that answered in the window.
    """
    metrics = sorted(problem_metrics(problem), key=lambda metric: metric.name != problem.metric)
    own, confidence = metrics[0], problem.gate.confidence
    level = look_level(problem.performance.error_level, window.look)
    promised = champion.promised
    measured = measure(metrics, champion.labelled, confidence) if len(champion.labelled) else {}
    estimated = _estimates(metrics, champion, champion.answered, confidence)

    of_champion = {
        "measured": _figure(measured.get(own.name)),
        "estimated": _figure(estimated.get(own.name)),
    }

    def judged(found: UncertainFigure | None, part: float, kind: str) -> JudgedFigure | None:
        if found is None:
            return None
        return judge(
            found,
            promised.get(own.name),
            own,
            problem.performance,
            level=level * part,
            confidence=confidence,
            kind=kind,
        )

    return PerformanceReport(
        problem=problem.name,
        version=champion.version,
        digest=champion.digest,
        at=window.at,
        since=window.since,
        until=window.until,
        metric=own.name,
        higher_is_better=own.higher_is_better,
        look=window.look,
        data_hash=window.data_hash,
        predictions=champion.predictions,
        promised=promised.get(own.name),
        measured=judged(measured.get(own.name), MEASURED_PART, "labelled rows"),
        estimated=judged(estimated.get(own.name), ESTIMATED_PART, "rows without their labels"),
        tolerance=problem.performance.tolerance,
        error_level=problem.performance.error_level,
        metrics=tuple(
            MetricFigures(
                metric=metric.name,
                promised=promised.get(metric.name),
                measured=_figure(measured.get(metric.name)),
                estimated=_figure(estimated.get(metric.name)),
            )
            for metric in metrics
        ),
        versions=tuple(
            VersionFigures(
                version=version.version,
                predictions=version.predictions,
                promised=version.promised.get(own.name),
                measured=found["measured"],
                estimated=found["estimated"],
            )
            for version in sorted([champion, *others], key=_age)
            for found in [
                of_champion
                if version is champion
                else _own_figures(own, version, version.labelled, version.answered, confidence)
            ]
        ),
        slices=slice_figures(problem, own, champion, level * SLICES_PART),
        timeline=tuple(_timeline(own, champion, window, confidence)),
        notes=(*window.notes, *_notes(problem, champion)),
    )


def _age(version: ServedVersion) -> tuple[int, str]:
    number = version.version
    return (-int(number) if number.isdecimal() else 0, number)


def _figure(found: UncertainFigure | None) -> Figure | None:
    return None if found is None else found.figure


def _estimates(
    metrics: Sequence[ModelMetric], version: ServedVersion, rows: ServedRows, confidence: float
) -> Mapping[str, UncertainFigure]:
    if not len(rows):
        return {}
    return estimate(metrics, rows, version.learnt, confidence, version.promised)


def _own_figures(
    metric: ModelMetric,
    version: ServedVersion,
    labelled: ServedRows,
    answered: ServedRows,
    confidence: float,
) -> dict[str, Figure | None]:
    """Return the measured and the estimated figure of some rows of a version."""
    measured = measure([metric], labelled, confidence) if len(labelled) else {}
    estimated = _estimates([metric], version, answered, confidence)
    return {
        "measured": _figure(measured.get(metric.name)),
        "estimated": _figure(estimated.get(metric.name)),
    }


def _timeline(
    metric: ModelMetric, version: ServedVersion, window: Window, confidence: float
) -> "list[PeriodFigures]":
    found = []
    # Of a sample, periods have their share of all predictions.
    share = version.predictions / len(version.answered) if len(version.answered) else 1.0
    for since, until in periods(window.since, window.until):
        labelled, answered = (
            rows.rows((rows.at >= since.timestamp()) & (rows.at < until.timestamp()))
            for rows in (version.labelled, version.answered)
        )
        if len(labelled) or len(answered):
            figures = _own_figures(metric, version, labelled, answered, confidence)
            predictions = round(len(answered) * share)
            found.append(
                PeriodFigures(since=since, until=until, predictions=predictions, **figures)
            )
    return found


def _notes(problem: Problem, champion: ServedVersion) -> list[str]:
    notes = []
    for kind, rows, all_rows in (
        ("answered", champion.answered, champion.predictions),
        ("labelled", champion.labelled, None),
    ):
        if all_rows is not None and len(rows) < all_rows and len(rows):
            notes.append(f"Of {all_rows:,} {kind} rows {len(rows):,} are read, drawn at random.")
    hidden = [name for name in problem.slices if name not in champion.contract.features]
    if hidden:
        notes.append(f"Not a logged input, so that it has no slices: {', '.join(hidden)}.")
    if problem.weights is not None and problem.weights.scoring:
        notes.append("The promise weighs rows; served rows have no weights and count alike.")
    return notes
