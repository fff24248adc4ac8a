"""Plot of the coverage of prediction intervals by slice."""

from typing import TYPE_CHECKING

from homestead.evaluation.certificate import CoverageSlice, IntervalCoverage
from homestead.reports.plot_style import LABEL_SIZE, LINE_COLOR, QUIET_COLOR, WINNER_COLOR, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MAX_SLICES = 40


def coverage_dots(coverage: IntervalCoverage, unit: str = "") -> "Figure":
    """Draw the coverage of all rows and of the largest slices, with their confidence intervals.

    The line is the coverage that the intervals were made for. Beside it are the median widths of
    the slices, unless the certificate has none.

    Args:
        unit: of the target.
    """
    from matplotlib.ticker import PercentFormatter

    largest = sorted(coverage.slices, key=lambda part: -part.rows)[:_MAX_SLICES]
    slices = [part for part in coverage.slices if part in largest]
    names = ["all rows", *(f"{part.column} = {part.value}" for part in slices)]
    parts: list[IntervalCoverage | CoverageSlice] = [coverage, *slices]
    widths = [part.median_width for part in parts]
    has_widths = any(width is not None for width in widths[1:])
    figure, axes = canvas(8.4, 0.9 + 0.25 * len(names), columns=2 if has_widths else 1)
    axis = axes[0]
    for position, part in enumerate(parts):
        axis.plot([part.low, part.high], [-position] * 2, color=WINNER_COLOR, linewidth=1.2)
        axis.scatter(part.covered, -position, s=26, color=WINNER_COLOR, zorder=3)
    axis.axvline(coverage.asked, color=LINE_COLOR, linewidth=1)
    axis.set_yticks([-position for position in range(len(names))], names)
    axis.set_ylim(-len(names) + 0.5, 0.5)
    axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.set_xlabel("targets within their interval", fontsize=LABEL_SIZE)
    if has_widths:
        _draw_widths(axes[1], widths, unit)
    return figure


def _draw_widths(axis: "Axes", widths: list[float | None], unit: str) -> None:
    for position, width in enumerate(widths):
        if width is not None:
            axis.scatter(width, -position, s=26, color=QUIET_COLOR, zorder=3)
    axis.set_yticks([-position for position in range(len(widths))], [])
    axis.set_ylim(-len(widths) + 0.5, 0.5)
    axis.set_xlim(left=0)
    axis.set_xlabel("median width" + (f", {unit}" if unit else ""), fontsize=LABEL_SIZE)
