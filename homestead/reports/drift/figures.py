"""Small histograms of each input, then and now. A new figure is returned, no state changed."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from homestead.reports.charts import (
    CHAMPION_COLOR,
    QUIET_COLOR,
    WINNER_COLOR,
    Frame,
    panel_title,
    short_numbers,
    style,
)
from homestead.reports.drift.changes import ColumnChange

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BARS = 16
_MAX_CATEGORIES = 8


def then_and_now(frame: Frame, changes: Sequence[ColumnChange]) -> "Figure":
    """Draw the share of rows by value: training rows as an area, served rows as a line.

    Args:
        changes: at least one; served rows of a drifted input are orange.
    """
    from matplotlib.figure import Figure

    columns = min(2 if frame.is_narrow else 4, len(changes))
    rows = math.ceil(len(changes) / columns)
    figure = Figure(figsize=(frame.inches, 0.5 + 1.6 * rows), layout="constrained")
    axes = list(np.atleast_1d(figure.subplots(rows, columns)).flat)
    for axis in axes[len(changes) :]:
        axis.set_axis_off()
    for axis, change in zip(axes, changes, strict=False):
        style(axis, frame)
        axis.grid(visible=False)
        axis.spines["left"].set_visible(False)
        axis.set_yticks([])
        unit = f", {change.unit}" if change.unit else ""
        panel_title(axis, frame, f"{change.name}{unit}")
        _draw(axis, change)
    handles, names = axes[0].get_legend_handles_labels()
    figure.legend(
        handles,
        names,
        loc="outside upper left",
        ncols=2,
        frameon=False,
        fontsize=frame.font_size,
    )
    return figure


def _draw(axis: "Axes", change: ColumnChange) -> None:
    edges, labels = _bins(change)
    color = CHAMPION_COLOR if change.drifted else WINNER_COLOR
    for values, name, is_area in (
        (change.then, "training rows", True),
        (change.now, "served rows", False),
    ):
        clipped = np.clip(values, edges[0], edges[-1])
        shares = np.histogram(clipped, edges)[0] / max(len(values), 1)
        axis.stairs(
            shares,
            edges,
            fill=is_area,
            color=f"{QUIET_COLOR}88" if is_area else color,
            linewidth=1.6,
            label=name,
        )
    if labels:
        is_short = sum(len(label) + 2 for label in labels) <= 16
        axis.set_xticks(range(len(labels)) if is_short else [], labels if is_short else [])
        return
    from matplotlib.ticker import MaxNLocator

    axis.xaxis.set_major_locator(MaxNLocator(2))
    short_numbers(axis.xaxis)


def _bins(change: ColumnChange) -> tuple[np.ndarray, list[str]]:
    """Return the edges of the bars, and their names if they are categories."""
    if change.labels:
        highest = max((int(x.max()) for x in (change.then, change.now) if len(x)), default=0)
        count = max(highest + 1, min(len(change.labels), _MAX_CATEGORIES))
        names = [change.labels[n] if n < len(change.labels) else "unseen" for n in range(count)]
        return np.arange(count + 1) - 0.5, names if count <= _MAX_CATEGORIES else []
    values = np.concatenate([change.then, change.now])
    if not len(values):
        return np.array([0.0, 1.0]), []
    # Otherwise a few extreme values would squeeze all others into one bar.
    low, high = np.percentile(values, [0.5, 99.5])
    if (values == np.round(values)).all() and high - low < _BARS:
        return np.arange(low - 0.5, high + 1), []
    return np.linspace(low, high if high > low else low + 1, _BARS + 1), []
