"""Plots of a table. Each function returns a new figure and changes no global state."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from homestead.problem.split import HOLDOUT, TRAIN, VALIDATION, SplitName
from homestead.reports.charts import (
    CHAMPION_COLOR,
    DARK_COLOR,
    QUIET_COLOR,
    WINNER_COLOR,
    Frame,
    canvas,
    date_axis,
    label_rows,
    legend_above,
    row_height,
    short_numbers,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SPLIT_COLORS = {TRAIN: QUIET_COLOR, VALIDATION: CHAMPION_COLOR, HOLDOUT: WINNER_COLOR}
_MEDIAN_COLOR = DARK_COLOR


@dataclass(frozen=True)
class RowsOverTime:
    """Numbers of rows in equal steps of time.

    Attributes:
        edges: times at which steps begin, and the end of the last one.
        step: day, week or month.
        counts: by split that has rows, shape (steps,).
    """

    edges: list[Any]
    step: str
    counts: dict[SplitName, np.ndarray]


def rows_over_time(moments: pd.Series, splits: pd.Series) -> RowsOverTime:
    """Count rows over time.

    Args:
        moments: shape (rows,), times.
        splits: shape (rows,), train, validation or holdout.
    """
    edges, step = calendar_edges(moments)
    # Between which edges each time lies, from 0 on.
    starts = np.array(edges, "datetime64[us]")
    places = starts.searchsorted(moments.to_numpy("datetime64[us]"), "right") - 1
    masks = {name: (splits == name).to_numpy() for name in _SPLIT_COLORS}
    counts: dict[SplitName, np.ndarray] = {
        name: np.bincount(places[rows], minlength=len(edges) - 1)
        for name, rows in masks.items()
        if rows.any()
    }
    return RowsOverTime(edges, step, counts)


def over_time(frame: Frame, rows: RowsOverTime) -> "Figure":
    """Draw rows over time in equal steps, coloured by split."""
    from matplotlib.dates import date2num

    figure, (axis,) = canvas(frame, 2.5)
    bounds = date2num(rows.edges)  # type: ignore[no-untyped-call]
    below = np.zeros(len(bounds) - 1, int)
    for name, counts in rows.counts.items():
        # One outline for each split in place of a bar for each step.
        axis.stairs(
            below + counts, bounds, baseline=below, fill=True, color=_SPLIT_COLORS[name], label=name
        )
        below = below + counts
    axis.set_ylim(bottom=0)
    axis.set_ylabel(f"rows a {rows.step}")
    date_axis(axis, frame)
    legend_above(axis, frame)
    return figure


def calendar_edges(moments: pd.Series) -> tuple[list[Any], str]:
    """Return the edges of days, weeks or months, so that bars span whole days, and their name."""
    first, last = moments.min().normalize(), moments.max().normalize()
    days = (last - first).days + 1
    step = "D" if days <= 70 else "7D" if days <= 900 else "MS"
    start = first.replace(day=1) if step == "MS" else first
    edges = pd.date_range(start, last + pd.Timedelta(days=32), freq=step)
    # The first edge after the last row closes the last bar.
    name = {"D": "day", "7D": "week", "MS": "month"}[step]
    return list(edges[: edges.searchsorted(last, "right") + 1]), name


@dataclass(frozen=True)
class Distribution:
    """Rows by value of a number.

    Attributes:
        counts: shape (bins,), rows.
        edges: shape (bins + 1,).
        is_wide: whether the numbers span a factor over 50, so that the bins grow.
    """

    counts: np.ndarray
    edges: np.ndarray
    median: float
    is_wide: bool


def count_values(values: pd.Series) -> Distribution:
    """Count the rows by value of a number; shape (rows,)."""
    numbers = values.dropna().to_numpy()
    low, high = numbers.min(), numbers.max()
    is_wide = bool(low > 0 and high > 50 * low)
    edges = np.geomspace(low, high, 51) if is_wide else np.linspace(low, high + (high == low), 51)
    counts, _ = np.histogram(numbers, edges)
    return Distribution(counts, edges, float(np.median(numbers)), is_wide)


def distribution(frame: Frame, rows: Distribution, label: str) -> "Figure":
    """Draw the histogram of a number, on a logarithmic axis if it spans a factor over 50."""
    figure, (axis,) = canvas(frame, 2.5)
    if rows.is_wide:
        axis.set_xscale("log")
    axis.stairs(rows.counts, rows.edges, fill=True, color=WINNER_COLOR)
    axis.set_ylim(bottom=0)
    median = rows.median
    text = f"median {median:,.4g}" if median < 1000 else f"median {median:,.0f}"
    axis.axvline(median, color=_MEDIAN_COLOR, linewidth=1.6, linestyle="--", label=text)
    legend_above(axis, frame)
    short_numbers(axis.xaxis, logarithmic=rows.is_wide)
    axis.set_xlabel(label)
    axis.set_ylabel("rows")
    return figure


def class_counts(frame: Frame, values: pd.Series, classes: Sequence[str], label: str) -> "Figure":
    """Draw the number of rows of each class."""
    figure, (axis,) = canvas(frame, row_height(frame, len(classes)))
    counts = values.value_counts().reindex(list(classes), fill_value=0)
    positions = [-place for place in range(len(classes))]
    height = 0.3 if frame.is_narrow else 0.65
    axis.barh(positions, counts.to_numpy(), color=WINNER_COLOR, height=height)
    label_rows(axis, frame, [str(name) for name in classes])
    axis.set_xlabel(f"rows by {label}")
    return figure
