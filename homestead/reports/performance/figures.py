"""Plots of a performance report. Each function returns a new figure and changes no global state.

They are narrow, so that a telephone shows them with legible text.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from homestead.performance.report import Figure as MetricFigure
from homestead.performance.report import PeriodFigures, SliceFigures
from homestead.reports.plot_style import (
    CHAMPION_COLOR,
    LABEL_SIZE,
    LEGEND_SIZE,
    LINE_COLOR,
    WINNER_COLOR,
    canvas,
)
from homestead.reports.wording import is_share

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH = 7.2
_MAX_TICKS = 7
HARM_COLOR = "#b3261e"
MEASURED_COLOR, ESTIMATED_COLOR = WINNER_COLOR, CHAMPION_COLOR


def metric_over_time(
    timeline: Sequence[PeriodFigures], metric: str, promised: float | None, limit: float | None
) -> "Figure":
    """Draw what was measured and estimated in each period, with intervals, beside the promise.

    Args:
        timeline: at least one period.
        promised: a solid line; None for none.
        limit: the promise and the tolerance; a dashed line.
    """
    figure, (axis,) = canvas(_WIDTH, 3.2)
    middles = np.array([p.since + (p.until - p.since) / 2 for p in timeline])
    offset = min(p.until - p.since for p in timeline) * 0.12
    for name, color, moved in (
        ("estimated", ESTIMATED_COLOR, offset),
        ("measured", MEASURED_COLOR, -offset),
    ):
        figures = [getattr(period, name) for period in timeline]
        _draw_points(axis, middles + moved, figures, color, name)
    _draw_promise(axis.axhline, promised, limit)
    axis.set_ylim(*_range_of([f for p in timeline for f in (p.measured, p.estimated)], promised))
    step = -(-len(timeline) // _MAX_TICKS)
    ticks = timeline[::step]
    by_hours = timeline[-1].until - timeline[0].since < timedelta(days=3)
    names = [p.since.strftime("%d %b %H:%M" if by_hours else "%d %b") for p in ticks]
    axis.set_xticks(np.array([p.since for p in ticks], dtype=object), names)
    _format(axis.yaxis, metric)
    axis.set_ylabel(metric, fontsize=LABEL_SIZE)
    _legend(axis, promised, limit)
    return figure


def slice_figures(slices: Sequence[SliceFigures], metric: str, promised: float | None) -> "Figure":
    """Draw each slice's measured figure with its interval, and its own promise as a diamond."""
    figure, (axis,) = canvas(_WIDTH, 1.0 + 0.28 * len(slices))
    for position, result in enumerate(slices):
        measured = result.measured
        color = HARM_COLOR if measured.verdict == "harm" else MEASURED_COLOR
        if measured.low is not None and measured.high is not None:
            axis.plot([measured.low, measured.high], [-position] * 2, color=color, linewidth=1.4)
        if measured.value is not None:
            axis.scatter(measured.value, -position, s=24, color=color, zorder=3)
        if result.promised is not None:
            axis.scatter(
                result.promised, -position, s=26, marker="D", color=LINE_COLOR, alpha=0.55, zorder=2
            )
    names = [f"{s.column} = {s.value} ({s.measured.rows:,})" for s in slices]
    axis.set_yticks([-position for position in range(len(slices))], names)
    if promised is not None:
        axis.axvline(promised, color=LINE_COLOR, linewidth=1.0)
    axis.scatter([], [], s=24, color=MEASURED_COLOR, label="measured")
    axis.scatter([], [], s=26, marker="D", color=LINE_COLOR, alpha=0.55, label="promised there")
    axis.plot([], [], color=LINE_COLOR, linewidth=1.0, label="promised in all")
    _format(axis.xaxis, metric)
    axis.set_xlabel(metric, fontsize=LABEL_SIZE)
    axis.legend(
        fontsize=LEGEND_SIZE, frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(-0.2, 1.0)
    )
    return figure


def _draw_points(
    axis: "Axes",
    at: np.ndarray,
    figures: Sequence[MetricFigure | None],
    color: str,
    name: str,
) -> None:
    known = [(x, f) for x, f in zip(at, figures, strict=True) if f and f.value is not None]
    if not known:
        return
    values = np.array([f.value for _, f in known], dtype=float)
    axis.plot(
        [x for x, _ in known],
        values,
        color=color,
        linewidth=1.0,
        marker="o",
        markersize=3.5,
        label=name,
    )
    bars = [(x, f.low, f.high) for x, f in known if f.low is not None and f.high is not None]
    if bars:
        axis.vlines(*zip(*bars, strict=True), color=color, linewidth=1.3, alpha=0.45)


def _draw_promise(line: object, promised: float | None, limit: float | None) -> None:
    assert callable(line)  # noqa: S101
    if promised is not None:
        line(promised, color=LINE_COLOR, linewidth=1.0)
    if limit is not None:
        line(limit, color=HARM_COLOR, linewidth=1.0, linestyle="--")


def _legend(axis: "Axes", promised: float | None, limit: float | None) -> None:
    if promised is not None:
        axis.plot([], [], color=LINE_COLOR, linewidth=1.0, label="promised")
    if limit is not None:
        axis.plot([], [], color=HARM_COLOR, linewidth=1.0, linestyle="--", label="tolerated")
    axis.legend(
        fontsize=LEGEND_SIZE, frameon=False, ncols=4, loc="lower left", bbox_to_anchor=(-0.02, 1.0)
    )


def _range_of(
    figures: Sequence[MetricFigure | None], promised: float | None
) -> tuple[float, float]:
    """Return an axis' range: of all values and most intervals; those of few rows are wide."""
    known = [f for f in figures if f is not None and f.value is not None]
    values = [f.value for f in known if f.value is not None]
    lows = [f.low for f in known if f.low is not None]
    highs = [f.high for f in known if f.high is not None]
    ends = [*values, *([promised] if promised is not None else [])]
    if lows:
        ends += [float(np.quantile(lows, 0.2)), float(np.quantile(highs, 0.8))]
    if not ends:
        return 0.0, 1.0
    margin = 0.1 * (max(ends) - min(ends)) or abs(max(ends)) * 0.1 or 0.1
    return min(ends) - margin, max(ends) + margin


def _format(axis: object, metric: str) -> None:
    from matplotlib.ticker import PercentFormatter

    if is_share(metric):
        axis.set_major_formatter(PercentFormatter(1))  # type: ignore[attr-defined]
