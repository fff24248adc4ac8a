"""Plots of a table. Each function returns a figure of its own and touches no global state."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from homestead.problem.parts import Column
from homestead.problem.schema import Problem
from homestead.problem.split import HOLDOUT, TRAIN, VALIDATION
from homestead.reports.comparison_figures import canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SPLITS = {TRAIN: "#9db8ad", VALIDATION: "#e0b98f", HOLDOUT: "#0b6e4f"}
_ACCENT = "#0b6e4f"
_BARS = 40
_PER_LINE = 5


def over_time(moments: pd.Series, splits: pd.Series) -> "Figure":
    """Rows over time in equal steps, coloured by split.

    Args:
        moments: shape (rows,), times.
        splits: shape (rows,), train, validation or holdout.
    """
    figure, (axis,) = canvas(10, 2.6)
    parts = [moments[splits == name].to_numpy() for name in SPLITS]
    shown = [(p, n) for p, n in zip(parts, SPLITS, strict=True) if len(p)]
    axis.hist(
        [part for part, _ in shown],
        bins=_steps(moments),
        stacked=True,
        color=[SPLITS[name] for _, name in shown],
        label=[name for _, name in shown],
    )
    axis.set_ylabel("rows", fontsize=9)
    axis.legend(frameon=False, fontsize=8, ncols=3, loc="lower left", bbox_to_anchor=(0, 1))
    return figure


def _steps(moments: pd.Series) -> list[Any]:
    """Edges of steps: days, weeks or months, so that no bar is cut by the calendar."""
    first, last = moments.min().normalize(), moments.max().normalize()
    days = (last - first).days + 1
    step = "D" if days <= 70 else "7D" if days <= 900 else "MS"
    start = first.replace(day=1) if step == "MS" else first
    edges = pd.date_range(start, last + pd.Timedelta(days=32), freq=step)
    # The first edge after the last row closes the last bar.
    return list(edges[: edges.searchsorted(last, "right") + 1])


def distribution(values: pd.Series, label: str) -> "Figure":
    """Histogram of a number; on a logarithmic axis where it spans more than a factor of 50."""
    figure, (axis,) = canvas(10, 2.6)
    found = values.dropna().to_numpy()
    if found.min() > 0 and found.max() > 50 * found.min():
        axis.set_xscale("log")
        edges = np.geomspace(found.min(), found.max(), 61)
    else:
        edges = np.linspace(found.min(), found.max() + (found.max() == found.min()), 61)
    axis.hist(found, bins=edges.tolist(), color=_ACCENT)
    middle = float(np.median(found))
    axis.axvline(middle, color="#b4632b", linewidth=1.2)
    axis.annotate(
        f" median {middle:,.4g}" if middle < 1000 else f" median {middle:,.0f}",
        (middle, 1),
        xycoords=("data", "axes fraction"),
        va="top",
        fontsize=8,
        color="#b4632b",
    )
    _plain(axis)
    axis.set_xlabel(label, fontsize=9)
    axis.set_ylabel("rows", fontsize=9)
    return figure


def class_counts(values: pd.Series, classes: tuple[str, ...], label: str) -> "Figure":
    """Rows of each class."""
    figure, (axis,) = canvas(10, 0.8 + 0.3 * len(classes))
    counts = values.value_counts().reindex(list(classes), fill_value=0)
    axis.barh(list(classes), counts.to_numpy(), color=_ACCENT)
    axis.invert_yaxis()
    axis.set_xlabel(f"rows by {label}", fontsize=9)
    return figure


def histograms(numbers: dict[str, np.ndarray], problem: Problem) -> "Figure":
    """A small histogram for each column but key, time stamp and target.

    Args:
        numbers: arrays of shape (rows,) by column, from :mod:`homestead.problem.encoding`.
    """
    from matplotlib.figure import Figure

    apart = (problem.key, problem.timestamp, problem.target)
    names = [name for name in problem.columns if name not in apart]
    lines = max(1, math.ceil(len(names) / _PER_LINE))
    figure = Figure(figsize=(10, 1.65 * lines), layout="constrained")
    axes = list(np.atleast_1d(figure.subplots(lines, _PER_LINE)).flat)
    for axis in axes:
        axis.set_axis_off()
    for axis, name in zip(axes, names, strict=False):
        axis.set_axis_on()
        _small(axis, name, numbers[name], problem.columns[name])
    return figure


def _small(axis: "Axes", name: str, values: np.ndarray, column: Column) -> None:
    axis.spines[["top", "right", "left"]].set_visible(False)
    axis.set_yticks([])
    axis.tick_params(labelsize=7)
    axis.set_title(name, fontsize=8.5)
    found = values[np.isfinite(values)]
    if column.type in ("category", "boolean"):
        labels = column.allowed or ("no", "yes")
        counts = [int((found == code).sum()) for code in range(len(labels))]
        axis.bar(range(len(labels)), counts, color=_ACCENT)
        few = len(labels) <= 6
        axis.set_xticks(range(len(labels)) if few else [], labels if few else [])
        return
    if not len(found):
        return
    # A few extreme values would press all others into one bar.
    low, high = np.percentile(found, [0.1, 99.9])
    whole = column.type == "integer" and high - low < _BARS
    edges = np.arange(low - 0.5, high + 1) if whole else np.linspace(low, high + 1e-9, _BARS + 1)
    axis.hist(np.clip(found, low, high), bins=edges.tolist(), color=_ACCENT)
    _three_ticks(axis, short=column.unit not in ("", "year") and high >= 10_000)


def _three_ticks(axis: "Axes", short: bool) -> None:
    from matplotlib.ticker import EngFormatter, MaxNLocator

    axis.xaxis.set_major_locator(MaxNLocator(3))
    if short:
        axis.xaxis.set_major_formatter(EngFormatter(sep=""))
    else:
        axis.ticklabel_format(axis="x", useOffset=False, style="plain")


def _plain(axis: "Axes") -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    if axis.get_xscale() == "log":
        axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=12))
        axis.xaxis.set_minor_formatter(NullFormatter())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.12g}"))
