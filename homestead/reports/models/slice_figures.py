"""Plot of a comparison by slice."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from homestead.evaluation.certificate import SliceResult
from homestead.reports.plot_style import (
    CHAMPION_COLOR,
    LABEL_SIZE,
    LEGEND_SIZE,
    QUIET_COLOR,
    WINNER_COLOR,
    canvas,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def slice_dots(slices: Sequence[SliceResult], label: str, percent: bool) -> "Figure":
    """Draw the metric of winner and champion in each slice; hollow dots are not judged.

    Args:
        slices: in the order from top to bottom.
        label: of the horizontal axis.
        percent: whether the metric is written as a percentage.
    """
    from matplotlib.ticker import PercentFormatter

    figure, (axis,) = canvas(8.4, 0.9 + 0.25 * len(slices))
    for position, result in enumerate(reversed(slices)):
        judged = result.judged or result.champion is None
        if result.winner is not None and result.champion is not None:
            axis.plot(
                [result.champion, result.winner],
                [position, position],
                color=QUIET_COLOR,
                linewidth=1.2,
            )
        for value, color in (
            (result.champion, CHAMPION_COLOR),
            (result.winner, WINNER_COLOR),
        ):
            if value is not None:
                face = color if judged else "white"
                axis.scatter(value, position, s=26, color=face, edgecolors=color, zorder=3)
    names = [f"{result.column} = {result.value}" for result in reversed(slices)]
    axis.set_yticks(range(len(names)), names)
    if percent:
        axis.xaxis.set_major_formatter(PercentFormatter(1))
    axis.set_xlabel(label, fontsize=LABEL_SIZE)
    for model, color in (("new model", WINNER_COLOR), ("champion", CHAMPION_COLOR)):
        axis.scatter([], [], s=26, color=color, label=model)
    if any(result.champion is not None for result in slices):
        axis.legend(fontsize=LEGEND_SIZE, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure
