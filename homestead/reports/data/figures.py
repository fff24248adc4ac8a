"""Plots of a table. Each function returns a new figure and changes no global state."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from homestead.problem.schema import Problem
from homestead.problem.sections.column import Column
from homestead.problem.split import HOLDOUT, TRAIN, VALIDATION
from homestead.reports.plot_style import (
    CHAMPION_COLOR,
    LABEL_SIZE,
    LEGEND_SIZE,
    WINNER_COLOR,
    canvas,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SPLIT_COLORS = {TRAIN: "#9db8ad", VALIDATION: "#e0b98f", HOLDOUT: WINNER_COLOR}
_MEDIAN_COLOR = CHAMPION_COLOR
_MAX_BARS = 40
_PANELS_PER_ROW = 5


def over_time(moments: pd.Series, splits: pd.Series) -> "Figure":
    """Draw rows over time in equal steps, coloured by split.

    Args:
        moments: shape (rows,), times.
        splits: shape (rows,), train, validation or holdout.
    """
    figure, (axis,) = canvas(10, 2.6)
    names = [name for name in _SPLIT_COLORS if (splits == name).any()]
    axis.hist(
        [moments[splits == name].to_numpy() for name in names],
        bins=_calendar_edges(moments),
        stacked=True,
        color=[_SPLIT_COLORS[name] for name in names],
        label=names,
    )
    axis.set_ylabel("rows", fontsize=LABEL_SIZE)
    axis.legend(
        frameon=False, fontsize=LEGEND_SIZE, ncols=3, loc="lower left", bbox_to_anchor=(0, 1)
    )
    return figure


def _calendar_edges(moments: pd.Series) -> list[Any]:
    """Return the edges of days, weeks or months, so that all bars span whole days."""
    first, last = moments.min().normalize(), moments.max().normalize()
    days = (last - first).days + 1
    step = "D" if days <= 70 else "7D" if days <= 900 else "MS"
    start = first.replace(day=1) if step == "MS" else first
    edges = pd.date_range(start, last + pd.Timedelta(days=32), freq=step)
    # The first edge after the last row closes the last bar.
    return list(edges[: edges.searchsorted(last, "right") + 1])


def distribution(values: pd.Series, label: str) -> "Figure":
    """Draw the histogram of a number, on a logarithmic axis if it spans a factor over 50."""
    figure, (axis,) = canvas(10, 2.6)
    numbers = values.dropna().to_numpy()
    if numbers.min() > 0 and numbers.max() > 50 * numbers.min():
        axis.set_xscale("log")
        edges = np.geomspace(numbers.min(), numbers.max(), 61)
    else:
        edges = np.linspace(numbers.min(), numbers.max() + (numbers.max() == numbers.min()), 61)
    axis.hist(numbers, bins=edges.tolist(), color=WINNER_COLOR)
    median = float(np.median(numbers))
    axis.axvline(median, color=_MEDIAN_COLOR, linewidth=1.2)
    axis.annotate(
        f" median {median:,.4g}" if median < 1000 else f" median {median:,.0f}",
        (median, 1),
        xycoords=("data", "axes fraction"),
        va="top",
        fontsize=8,
        color=_MEDIAN_COLOR,
    )
    _use_plain_ticks(axis)
    axis.set_xlabel(label, fontsize=LABEL_SIZE)
    axis.set_ylabel("rows", fontsize=LABEL_SIZE)
    return figure


def class_counts(values: pd.Series, classes: Sequence[str], label: str) -> "Figure":
    """Draw the number of rows of each class."""
    figure, (axis,) = canvas(10, 0.8 + 0.3 * len(classes))
    counts = values.value_counts().reindex(list(classes), fill_value=0)
    axis.barh(list(classes), counts.to_numpy(), color=WINNER_COLOR)
    axis.invert_yaxis()
    axis.set_xlabel(f"rows by {label}", fontsize=LABEL_SIZE)
    return figure


_NO_COUNTS: Mapping[str, pd.Series] = {}


def histograms(
    numbers: Mapping[str, np.ndarray],
    problem: Problem,
    counts: Mapping[str, pd.Series] = _NO_COUNTS,
) -> "Figure":
    """Draw a small histogram of each column except key, time stamp and target.

    Args:
        numbers: shape (rows,) by column, from :func:`homestead.problem.encoding.encode_columns`.
        counts: rows by value, most frequent first, of columns without numbers.
    """
    from matplotlib.figure import Figure

    excluded = (*problem.identity_columns, problem.target)
    names = [name for name in problem.columns if name not in excluded]
    panel_rows = max(1, math.ceil(len(names) / _PANELS_PER_ROW))
    figure = Figure(figsize=(10, 1.65 * panel_rows), layout="constrained")
    axes = list(np.atleast_1d(figure.subplots(panel_rows, _PANELS_PER_ROW)).flat)
    for axis in axes:
        axis.set_axis_off()
    for axis, name in zip(axes, names, strict=False):
        axis.set_axis_on()
        axis.spines[["top", "right", "left"]].set_visible(False)
        axis.set_yticks([])
        axis.tick_params(labelsize=7)
        axis.set_title(name, fontsize=8.5)
        column = problem.columns[name]
        if name in numbers:
            _draw_numbers(axis, numbers[name], column)
        elif name in counts:
            most = counts[name].head(_MAX_BARS)
            _draw_bars(axis, most.to_numpy(), [str(value) for value in most.index])
    return figure


def _draw_bars(axis: "Axes", counts: Sequence[int] | np.ndarray, labels: Sequence[str]) -> None:
    axis.bar(range(len(labels)), counts, color=WINNER_COLOR)
    is_labelled = len(labels) <= 6 and all(len(label) <= 20 for label in labels)
    axis.set_xticks(range(len(labels)) if is_labelled else [], labels if is_labelled else [])


def _draw_numbers(axis: "Axes", values: np.ndarray, column: Column) -> None:
    finite = values[np.isfinite(values)]
    if column.type in ("category", "boolean"):
        labels = column.allowed or ("no", "yes")
        counts = np.bincount(finite.astype(int), minlength=len(labels))
        _draw_bars(axis, counts, labels)
        return
    if not len(finite):
        return
    # Otherwise a few extreme values would squeeze all others into one bar.
    low, high = np.percentile(finite, [0.1, 99.9])
    one_bar_each = column.type == "integer" and high - low < _MAX_BARS
    edges = (
        np.arange(low - 0.5, high + 1)
        if one_bar_each
        else np.linspace(low, high + 1e-9, _MAX_BARS + 1)
    )
    axis.hist(np.clip(finite, low, high), bins=edges.tolist(), color=WINNER_COLOR)
    _set_three_ticks(axis, short=column.unit not in ("", "year") and high >= 10_000)


def _set_three_ticks(axis: "Axes", short: bool) -> None:
    from matplotlib.ticker import EngFormatter, MaxNLocator

    axis.xaxis.set_major_locator(MaxNLocator(3))
    if short:
        axis.xaxis.set_major_formatter(EngFormatter(sep=""))
    else:
        axis.ticklabel_format(axis="x", useOffset=False, style="plain")


def _use_plain_ticks(axis: "Axes") -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    if axis.get_xscale() == "log":
        axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=12))
        axis.xaxis.set_minor_formatter(NullFormatter())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.12g}"))
