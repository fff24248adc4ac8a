"""Plot of the coverage of prediction intervals by slice."""

from typing import TYPE_CHECKING

from homestead.evaluation.certificate import CoverageSlice, IntervalCoverage
from homestead.reports.plot_style import LABEL_SIZE, LINE_COLOR, WINNER_COLOR, canvas

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MAX_SLICES = 40


def coverage_dots(coverage: IntervalCoverage) -> "Figure":
    """Draw the coverage of all rows and of the largest slices, with their confidence intervals.

    The line is the coverage that the intervals were made for.
    """
    from matplotlib.ticker import PercentFormatter

    slices = sorted(coverage.slices, key=lambda part: -part.rows)[:_MAX_SLICES]
    names = ["all rows", *(f"{part.column} = {part.value}" for part in slices)]
    figure, (axis,) = canvas(8.4, 0.9 + 0.25 * len(names))
    parts: list[IntervalCoverage | CoverageSlice] = [coverage, *slices]
    for position, part in enumerate(parts):
        axis.plot([part.low, part.high], [-position] * 2, color=WINNER_COLOR, linewidth=1.2)
        axis.scatter(part.covered, -position, s=26, color=WINNER_COLOR, zorder=3)
    axis.axvline(coverage.asked, color=LINE_COLOR, linewidth=1)
    axis.set_yticks([-position for position in range(len(names))], names)
    axis.xaxis.set_major_formatter(PercentFormatter(1))
    axis.set_xlabel("targets within their interval", fontsize=LABEL_SIZE)
    return figure
