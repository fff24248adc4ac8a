"""Common looks of the reports' plots."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WINNER_COLOR, CHAMPION_COLOR, QUIET_COLOR = "#0b6e4f", "#b4632b", "#8a94a0"
LINE_COLOR = "#333333"
MODEL_COLORS = (WINNER_COLOR, CHAMPION_COLOR)
LABEL_SIZE, LEGEND_SIZE = 9, 8  # font sizes in points


def canvas(width: float, height: float, columns: int = 1) -> "tuple[Figure, list[Axes]]":
    """Return a figure with ``columns`` plain axes side by side.

    Args:
        width: in inches.
        height: in inches.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = list(np.atleast_1d(figure.subplots(1, columns)).flat)
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(color="#e6e9ec", linewidth=0.8)
        axis.set_axisbelow(True)
        axis.tick_params(labelsize=8)
    return figure, axes
