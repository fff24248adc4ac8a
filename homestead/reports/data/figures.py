"""Plots of a table. Each function returns a new figure and changes no global state."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from homestead.problem.schema import Problem
from homestead.problem.sections.column import Column
from homestead.problem.split import HOLDOUT, TRAIN, VALIDATION
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
    panel_title,
    row_height,
    short_numbers,
    style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SPLIT_COLORS = {TRAIN: QUIET_COLOR, VALIDATION: CHAMPION_COLOR, HOLDOUT: WINNER_COLOR}
_MEDIAN_COLOR = DARK_COLOR
_MAX_BARS = 40


def over_time(frame: Frame, moments: pd.Series, splits: pd.Series) -> "Figure":
    """Draw rows over time in equal steps, coloured by split.

    Args:
        moments: shape (rows,), times.
        splits: shape (rows,), train, validation or holdout.
    """
    from matplotlib.dates import date2num

    figure, (axis,) = canvas(frame, 2.5)
    edges, step = calendar_edges(moments)
    names = [name for name in _SPLIT_COLORS if (splits == name).any()]
    places = places_among(edges, moments)
    counts = [
        np.bincount(places[(splits == name).to_numpy()], minlength=len(edges) - 1) for name in names
    ]
    bounds = date2num(edges)  # type: ignore[no-untyped-call]
    axis.hist(
        [bounds[:-1]] * len(names),
        bins=bounds.tolist(),
        weights=counts,
        stacked=True,
        color=[_SPLIT_COLORS[name] for name in names],
        label=names,
    )
    axis.set_ylabel(f"rows a {step}")
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


def places_among(edges: list[Any], moments: pd.Series) -> np.ndarray:
    """Return between which of the edges of :func:`calendar_edges` each time lies, from 0 on."""
    places: np.ndarray = pd.DatetimeIndex(edges).searchsorted(moments.to_numpy(), "right") - 1
    return places


def distribution(frame: Frame, values: pd.Series, label: str) -> "Figure":
    """Draw the histogram of a number, on a logarithmic axis if it spans a factor over 50."""
    figure, (axis,) = canvas(frame, 2.5)
    numbers = values.dropna().to_numpy()
    if numbers.min() > 0 and numbers.max() > 50 * numbers.min():
        axis.set_xscale("log")
        edges = np.geomspace(numbers.min(), numbers.max(), 51)
    else:
        edges = np.linspace(numbers.min(), numbers.max() + (numbers.max() == numbers.min()), 51)
    axis.hist(numbers, bins=edges.tolist(), color=WINNER_COLOR)
    median = float(np.median(numbers))
    text = f"median {median:,.4g}" if median < 1000 else f"median {median:,.0f}"
    axis.axvline(median, color=_MEDIAN_COLOR, linewidth=1.6, linestyle="--", label=text)
    legend_above(axis, frame)
    short_numbers(axis.xaxis, logarithmic=axis.get_xscale() == "log")
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


@dataclass(frozen=True)
class ColumnBins:
    """Rows by value of a column with numbers, as its small histogram shows them.

    Attributes:
        counts: shape (bins,), rows.
        edges: shape (bins + 1,) of numbers, or a name for each bin.
    """

    counts: np.ndarray
    edges: np.ndarray | Sequence[str]


def column_bins(values: np.ndarray, column: Column) -> ColumnBins | None:
    """Return the rows by value of a column, None if there is no value.

    Args:
        values: shape (rows,), as numbers, from :func:`homestead.problem.encoding.encode_column`.
    """
    finite = values[np.isfinite(values)]
    if column.type in ("category", "boolean"):
        labels = column.allowed or ("no", "yes")
        return ColumnBins(np.bincount(finite.astype(int), minlength=len(labels)), labels)
    if not len(finite):
        return None
    # Otherwise a few extreme values would squeeze all others into one bar.
    low, high = np.percentile(finite, [0.1, 99.9])
    one_bar_each = column.type == "integer" and high - low < _MAX_BARS
    edges = (
        np.arange(low - 0.5, high + 1)
        if one_bar_each
        else np.linspace(low, high + 1e-9, _MAX_BARS + 1)
    )
    counts, _ = np.histogram(np.clip(finite, low, high), edges)
    return ColumnBins(counts, edges)


_NO_COUNTS: Mapping[str, pd.Series] = {}


def histograms(
    frame: Frame,
    numbers: Mapping[str, ColumnBins | None],
    problem: Problem,
    counts: Mapping[str, pd.Series] = _NO_COUNTS,
) -> "Figure":
    """Draw a small histogram of each column except key, time stamp and target.

    Args:
        numbers: by column, from :func:`column_bins`.
        counts: rows by value, most frequent first, of columns without numbers.
    """
    from matplotlib.figure import Figure

    excluded = (*problem.identity_columns, problem.target)
    names = [name for name in problem.columns if name not in excluded]
    columns = 2 if frame.is_narrow else 5
    panel_rows = max(1, math.ceil(len(names) / columns))
    figure = Figure(figsize=(frame.inches, 1.55 * panel_rows), layout="constrained")
    axes = list(np.atleast_1d(figure.subplots(panel_rows, columns)).flat)
    for axis in axes:
        axis.set_axis_off()
    for axis, name in zip(axes, names, strict=False):
        axis.set_axis_on()
        style(axis, frame)
        axis.spines["left"].set_visible(False)
        axis.grid(visible=False)
        axis.set_yticks([])
        column = problem.columns[name]
        unit = f", {column.unit}" if column.unit else ""
        panel_title(axis, frame, f"{name}{unit}")
        if name in numbers:
            _draw_bins(axis, numbers[name], column)
        elif name in counts:
            most = counts[name].head(_MAX_BARS)
            _draw_bars(axis, most.to_numpy(), [str(value) for value in most.index])
    return figure


def _draw_bars(axis: "Axes", counts: Sequence[int] | np.ndarray, labels: Sequence[str]) -> None:
    axis.bar(range(len(labels)), counts, color=WINNER_COLOR)
    is_labelled = sum(len(label) + 2 for label in labels) <= 18
    axis.set_xticks(range(len(labels)) if is_labelled else [], labels if is_labelled else [])


def _draw_bins(axis: "Axes", bins: ColumnBins | None, column: Column) -> None:
    if bins is None:
        return
    if not isinstance(bins.edges, np.ndarray):
        _draw_bars(axis, bins.counts, bins.edges)
        return
    # One outline in place of forty bars: half of the time that the page needed.
    axis.stairs(bins.counts, bins.edges, fill=True, color=WINNER_COLOR)
    axis.set_ylim(bottom=0)
    _set_few_ticks(axis, is_quantity=column.unit not in ("", "year"))


def _set_few_ticks(axis: "Axes", is_quantity: bool) -> None:
    from matplotlib.ticker import MaxNLocator

    axis.xaxis.set_major_locator(MaxNLocator(2))
    if is_quantity:
        short_numbers(axis.xaxis)
    else:
        # A year or a postal code has no thousands.
        axis.ticklabel_format(axis="x", useOffset=False, style="plain")
