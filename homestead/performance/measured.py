"""Metrics of labelled rows, with bootstrap intervals as those of certificates."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from homestead.evaluation.bootstrap import bootstrap, percentile_interval
from homestead.evaluation.certificate import Certificate
from homestead.performance.report import Figure
from homestead.performance.served_rows import ANSWERED_CLASS_ONLY, ServedRows
from homestead.problem.model_metrics.table import ModelMetric


@dataclass(frozen=True)
class UncertainFigure:
    """A figure with its standard error.

    Attributes:
        error: None where the rows do not give one.
        groups: how many independent observations it rests on.
    """

    figure: Figure
    error: float | None
    groups: int


def measure(
    metrics: Iterable[ModelMetric], rows: ServedRows, confidence: float, seed: int = 0
) -> dict[str, UncertainFigure]:
    """Return metrics of labelled rows by name.

    A metric of probabilities reads them as the model answered them: its ranking is that of the
    model's own scores, never of what a calibration for estimates makes of them.

    Args:
        rows: at least one, with targets.
        confidence: of the intervals.
        seed: of the bootstrap, which draws groups of rows that depend on each other.
    """
    assert rows.y is not None  # noqa: S101
    y, count = rows.y, len(rows)
    figures: dict[str, UncertainFigure] = {}
    defined: list[ModelMetric] = []
    for metric in metrics:
        measured = metric.measure(y, rows.predictions)
        value, reason = measured.value, measured.undefined
        if metric.reads == "values" and not rows.has_probabilities:
            value, reason = None, ANSWERED_CLASS_ONLY
        figures[metric.name] = UncertainFigure(
            Figure(value=value, rows=count, undefined=reason), None, rows.group_count
        )
        if value is not None:
            defined.append(metric)
    if not defined:
        return figures
    resampled = bootstrap(defined, y, [rows.predictions], seed, groups=rows.groups)
    return figures | {
        name: _with_interval(figures[name], values[0], confidence)
        for name, values in resampled.items()
    }


def promised_figures(certificate: Certificate) -> dict[str, Figure]:
    """Return what a certificate promises of its model, by metric: its values on the holdout."""
    rows = certificate.holdout.rows
    return {
        name: Figure(**estimate.model_dump(), rows=rows)
        for name, estimate in certificate.winner.metrics.items()
    }


def _with_interval(
    uncertain: UncertainFigure, resampled: np.ndarray, confidence: float
) -> UncertainFigure:
    interval = percentile_interval(resampled, confidence)
    if interval is None or uncertain.groups < 2:
        return uncertain
    low, high = interval
    figure = uncertain.figure.model_copy(update={"low": low, "high": high})
    error = float(np.std(resampled[np.isfinite(resampled)]))
    return UncertainFigure(figure, error, uncertain.groups)
