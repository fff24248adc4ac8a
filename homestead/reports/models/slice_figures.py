"""Charts by slice: metric of new model and champion, coverage and width of intervals."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from homestead.evaluation.certificate import CoverageSlice, IntervalCoverage, SliceResult
from homestead.reports.charts import (
    CHAMPION_COLOR,
    LINE_COLOR,
    QUIET_COLOR,
    WINNER_COLOR,
    Frame,
    canvas,
    dot_size,
    label_rows,
    legend_above,
    row_height,
    short_numbers,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_COVERAGE_SLICES = 20


def slice_dots(
    frame: Frame, slices: Sequence[SliceResult], label: str, *, percent: bool
) -> "Figure":
    """Draw the metric of new model and champion in each slice, the smaller a slice the smaller.

    Hollow dots are not judged: they are of too few rows.

    Args:
        slices: in the order from top to bottom.
        label: of the horizontal axis, with the metric's unit.
        percent: whether the metric is written as a percentage.
    """
    from matplotlib.ticker import PercentFormatter

    figure, (axis,) = canvas(frame, row_height(frame, len(slices)))
    for place, result in enumerate(slices):
        judged = result.judged or result.champion is None
        if result.winner is not None and result.champion is not None:
            ends = [result.champion, result.winner]
            axis.plot(ends, [-place, -place], color=QUIET_COLOR, linewidth=1.2)
        # The champion's square is larger: it shows around a dot that lies on it.
        for value, color, marker, factor in (
            (result.champion, CHAMPION_COLOR, "s", 1.7),
            (result.winner, WINNER_COLOR, "o", 1.0),
        ):
            if value is not None:
                axis.scatter(
                    *(value, -place),
                    s=dot_size(result.rows) * factor,
                    marker=marker,
                    color=color if judged else "white",
                    edgecolors=color,
                    zorder=3,
                )
    label_rows(axis, frame, [_slice_name(result) for result in slices])
    if percent:
        axis.xaxis.set_major_formatter(PercentFormatter(1))
    axis.set_xlabel(label)
    if any(result.champion is not None for result in slices):
        axis.scatter([], [], s=30, color=WINNER_COLOR, label="new model")
        axis.scatter([], [], s=42, color=CHAMPION_COLOR, marker="s", label="champion")
    if not all(result.judged or result.champion is None for result in slices):
        axis.scatter([], [], s=16, color="white", edgecolors=QUIET_COLOR, label="too few rows")
    if axis.get_legend_handles_labels()[0]:
        legend_above(axis, frame)
    return figure


def _slice_name(result: SliceResult) -> str:
    return f"{result.column} = {result.value} ({result.rows:,} rows)"


def coverage_dots(frame: Frame, coverage: IntervalCoverage, unit: str = "") -> "Figure":
    """Draw the coverage of all rows and of the largest slices, with their confidence intervals.

    The line is the coverage that the intervals were made for. Beside it are the median widths of
    the slices, unless the certificate has none.

    Args:
        unit: of the target.
    """
    from matplotlib.ticker import PercentFormatter

    slices = largest_slices(coverage)
    names = ["all rows", *(f"{part.column} = {part.value} ({part.rows:,} rows)" for part in slices)]
    parts: list[IntervalCoverage | CoverageSlice] = [coverage, *slices]
    widths = [part.median_width for part in parts]
    has_widths = any(width is not None for width in widths[1:])
    figure, axes = canvas(frame, row_height(frame, len(names)), panels=2 if has_widths else 1)
    axis = axes[0]
    for place, part in enumerate(parts):
        axis.plot([part.low, part.high], [-place] * 2, color=WINNER_COLOR, linewidth=1.4, alpha=0.6)
        size = dot_size(part.rows) if isinstance(part, CoverageSlice) else 60
        axis.scatter(part.covered, -place, s=size, color=WINNER_COLOR, zorder=3)
    axis.axvline(
        coverage.asked, color=LINE_COLOR, linewidth=1, label=f"asked: {coverage.asked:.0%}"
    )
    label_rows(axis, frame, names)
    axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.set_xlabel("targets within their\ninterval, % of rows")
    legend_above(axis, frame)
    if has_widths:
        _draw_widths(axes[1], frame, widths, names, unit)
    return figure


def largest_slices(coverage: IntervalCoverage) -> list[CoverageSlice]:
    """Return the slices that are drawn, in the certificate's order."""
    largest = sorted(coverage.slices, key=lambda part: -part.rows)[:MAX_COVERAGE_SLICES]
    return [part for part in coverage.slices if part in largest]


def _draw_widths(
    axis: "Axes", frame: Frame, widths: Sequence[float | None], names: Sequence[str], unit: str
) -> None:
    for place, width in enumerate(widths):
        if width is not None:
            axis.scatter(width, -place, s=26, color=QUIET_COLOR, marker="D", zorder=3)
    label_rows(axis, frame, names if frame.is_narrow else [""] * len(names))
    axis.set_xlim(left=0)
    axis.set_xlabel("median width of\nthe interval" + (f", {unit}" if unit else ""))
    short_numbers(axis.xaxis)
