"""Charts of a performance report. Each function returns a new figure, changes no global state."""

import textwrap
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from homestead.performance.report import Figure as MetricFigure
from homestead.performance.report import PeriodFigures, SliceFigures
from homestead.reports.charts import (
    CHAMPION_COLOR,
    HARM_COLOR,
    LINE_COLOR,
    WINNER_COLOR,
    Frame,
    canvas,
    dot_size,
    is_small_group,
    label_rows,
    legend_above,
    row_height,
    short_numbers,
)
from homestead.reports.wording import is_share, metric_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

# Color, dash and marker: the two lie on each other where the estimate is right.
_STYLES = {"measured": (WINNER_COLOR, "-", "o"), "estimated": (CHAMPION_COLOR, (0, (4, 2)), "s")}


def metric_over_time(
    frame: Frame,
    timeline: Sequence[PeriodFigures],
    metric: str,
    promised: float | None,
    limit: float | None,
    unit: str = "",
) -> "Figure":
    """Draw what was measured and estimated in each period, with intervals, beside the promise.

    Args:
        timeline: at least one period.
        promised: a solid line; None for none.
        limit: the promise and the tolerance; a dashed line.
        unit: of the target.
    """
    figure, (axis,) = canvas(frame, 3.0)
    middles = np.array([p.since + (p.until - p.since) / 2 for p in timeline])
    offset = min(p.until - p.since for p in timeline) * 0.12
    for name, moved in (("estimated", offset), ("measured", -offset)):
        figures = [getattr(period, name) for period in timeline]
        _draw_points(axis, middles + moved, figures, name)
    _draw_promise(axis.axhline, promised, limit)
    axis.set_ylim(*_range_of([f for p in timeline for f in (p.measured, p.estimated)], promised))
    step = -(-len(timeline) // (3 if frame.is_narrow else 8))
    ticks = timeline[::step]
    by_hours = timeline[-1].until - timeline[0].since < timedelta(days=3)
    names = [p.since.strftime("%d %b\n%H:%M" if by_hours else "%d %b") for p in ticks]
    axis.set_xticks(np.array([p.since for p in ticks], dtype=object), names)
    _format(axis.yaxis, metric)
    axis.set_ylabel(_wrapped(metric_label(metric, unit)))
    axis.set_xlabel("time of the predictions, UTC")
    legend_above(axis, frame)
    return figure


def _wrapped(label: str) -> str:
    return "\n".join(textwrap.wrap(label, 30))


def slice_figures(
    frame: Frame,
    slices: Sequence[SliceFigures],
    metric: str,
    promised: float | None,
    unit: str = "",
) -> "Figure":
    """Draw each slice's measured figure with its interval, and its own promise as a diamond.

    The fewer rows a slice has, the smaller it looks; below a minimum its dot is hollow.

    Args:
        unit: of the target.
    """
    figure, (axis,) = canvas(frame, row_height(frame, len(slices)))
    for place, result in enumerate(slices):
        measured = result.measured
        color = HARM_COLOR if measured.verdict == "harm" else WINNER_COLOR
        is_small = is_small_group(measured.rows)
        if measured.low is not None and measured.high is not None:
            ends = [measured.low, measured.high]
            axis.plot(ends, [-place] * 2, color=color, linewidth=1.4, alpha=0.3 if is_small else 1)
        if measured.value is not None:
            axis.scatter(
                *(measured.value, -place),
                s=dot_size(measured.rows),
                color="white" if is_small else color,
                edgecolors=color,
                zorder=3,
            )
        if result.promised is not None:
            axis.scatter(
                result.promised, -place, s=26, marker="D", color=LINE_COLOR, alpha=0.55, zorder=2
            )
    label_rows(axis, frame, [f"{s.column} = {s.value} ({s.measured.rows:,} rows)" for s in slices])
    if promised is not None:
        axis.axvline(promised, color=LINE_COLOR, linewidth=1.0, label="promised in all")
    axis.scatter([], [], s=24, color=WINNER_COLOR, label="measured")
    axis.scatter([], [], s=26, marker="D", color=LINE_COLOR, alpha=0.55, label="promised there")
    if any(result.measured.verdict == "harm" for result in slices):
        axis.scatter([], [], s=24, color=HARM_COLOR, label="harm")
    _format(axis.xaxis, metric)
    axis.set_xlabel(metric_label(metric, unit))
    legend_above(axis, frame)
    return figure


def _draw_points(
    axis: "Axes",
    at: np.ndarray,
    figures: Sequence[MetricFigure | None],
    name: str,
) -> None:
    color, line, marker = _STYLES[name]
    known = [(x, f) for x, f in zip(at, figures, strict=True) if f and f.value is not None]
    if not known:
        return
    values = np.array([f.value for _, f in known], dtype=float)
    axis.plot(
        [x for x, _ in known],
        values,
        color=color,
        linewidth=1.2,
        linestyle=line,
        label=name,
    )
    for (x, figure), value in zip(known, values.tolist(), strict=True):
        is_small = is_small_group(figure.rows)
        axis.scatter(
            *(x, value),
            s=dot_size(figure.rows),
            marker=marker,
            color="white" if is_small else color,
            edgecolors=color,
            zorder=3,
        )
    bars = [(x, f.low, f.high) for x, f in known if f.low is not None and f.high is not None]
    if bars:
        axis.vlines(*zip(*bars, strict=True), color=color, linewidth=1.3, alpha=0.45)


def _draw_promise(line: object, promised: float | None, limit: float | None) -> None:
    assert callable(line)  # noqa: S101
    if promised is not None:
        line(promised, color=LINE_COLOR, linewidth=1.0, label="promised")
    if limit is not None:
        line(limit, color=HARM_COLOR, linewidth=1.2, linestyle=":", label="tolerated")


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


def _format(axis: "Axis", metric: str) -> None:
    from matplotlib.ticker import PercentFormatter

    if is_share(metric):
        axis.set_major_formatter(PercentFormatter(1))
    else:
        short_numbers(axis)
