"""Small histograms of a table's columns, side by side, written as SVG.

Each is an outline, a title and two or three numbers. Drawn by matplotlib, a page of them took two
seconds: it lays out an axis with all its parts for each one, twice.
"""

import math
from collections.abc import Mapping

import numpy as np
from markupsafe import Markup

from homestead.problem.schema import Problem
from homestead.problem.sections.column import Column
from homestead.reports.charts import WINNER_COLOR, Frame, fitting_title, short_number
from homestead.reports.data.column_facts import ColumnBins, ColumnFacts

# Sizes of a panel in points: from its top to its bars, the bars, from its left to its bars.
_HEIGHT, _TOP, _BARS, _SIDE = 111.6, 20.0, 64.0, 9.0
_TICK = 3.5
# Share of a bar's place that is its own, where bars stand for names.
_BAR_WIDTH = 0.8
# Letters of the names below the bars, and two between them, for which a panel has room.
_MAX_LETTERS = 18
_LINE_COLOR, _TITLE_COLOR, _LABEL_COLOR = "#aab2b9", "#000000", "#49535c"


def histograms_svg(
    frame: Frame, facts: Mapping[str, ColumnFacts], problem: Problem, name: str
) -> Markup:
    """Return a small histogram of each column except key, time stamp and target.

    Args:
        facts: by column.
        name: of the picture, for those who cannot see it.
    """
    excluded = (*problem.identity_columns, problem.target)
    names = [column for column in problem.columns if column in facts and column not in excluded]
    beside = 2 if frame.is_narrow else 5
    width, panel = 72 * frame.inches, 72 * frame.inches / beside
    height = _HEIGHT * max(1, math.ceil(len(names) / beside))
    panels = Markup("").join(
        Markup('<g transform="translate({:.6g} {:.6g})">{}</g>').format(
            panel * (place % beside),
            _HEIGHT * (place // beside),
            _panel(frame, panel, column, facts[column], problem.columns[column]),
        )
        for place, column in enumerate(names)
    )
    return Markup(
        '<svg role="img" aria-label="{0}" width="{1:.6g}pt" height="{2:.6g}pt"'
        ' viewBox="0 0 {1:.6g} {2:.6g}" font-size="{3:.6g}px" text-anchor="middle">{4}</svg>'
    ).format(name, width, height, frame.font_size, panels)


def _panel(frame: Frame, width: float, name: str, facts: ColumnFacts, column: Column) -> Markup:
    """Return a column's title, bars and axis; from the top left corner of its panel."""
    unit = f", {column.unit}" if column.unit else ""
    title = fitting_title(f"{name}{unit}", frame, 2 if frame.is_narrow else 5)
    bins = facts.bins
    if bins is None and not column.has_numbers:
        bins = ColumnBins(facts.most.to_numpy(int), [str(value) for value in facts.most.index])
    base = _TOP + _BARS
    parts = [
        _text(title, width / 2, _TOP - 6, _TITLE_COLOR),
        _path(f"M{_SIDE} {base}H{width - _SIDE:.2f}", f'fill="none" stroke="{_LINE_COLOR}"'),
    ]
    if bins is not None:
        parts += _bars_and_ticks(bins, column, width, frame)
    return Markup("").join(parts)


def _bars_and_ticks(bins: ColumnBins, column: Column, width: float, frame: Frame) -> list[Markup]:
    if isinstance(bins.edges, np.ndarray):
        left, right, edges = bins.edges[:-1], bins.edges[1:], bins.edges
        low, high = float(edges[0]), float(edges[-1])
        ticks = _number_ticks(low, high, is_quantity=column.unit not in ("", "year"))
    else:
        centers = np.arange(len(bins.edges), dtype=float)
        left, right = centers - _BAR_WIDTH / 2, centers + _BAR_WIDTH / 2
        low, high = -0.5, max(len(centers), 1) - 0.5
        is_labelled = sum(len(label) + 2 for label in bins.edges) <= _MAX_LETTERS
        ticks = dict(zip(centers.tolist(), bins.edges, strict=True)) if is_labelled else {}
    scale = (width - 4 * _SIDE) / (high - low)
    base, most = _TOP + _BARS, max(bins.counts.max(initial=0), 1)
    # Bars that touch are one outline, in which neighbours of the same height are one step.
    bars = "".join(
        f"M{2 * _SIDE + (start - low) * scale:.2f} {base}V{base - _BARS * count / most:.2f}"
        f"H{2 * _SIDE + (end - low) * scale:.2f}V{base}Z"
        for count, start, end in zip(bins.counts, left, right, strict=True)
        if count
    )
    drawn = [_path(bars, f'fill="{WINNER_COLOR}"')] if bars else []
    for value, label in ticks.items():
        x = 2 * _SIDE + (value - low) * scale
        line = f'fill="none" stroke="{_LINE_COLOR}"'
        drawn.append(_path(f"M{x:.2f} {base}V{base + _TICK}", line))
        drawn.append(_text(label, x, base + _TICK + frame.font_size, _LABEL_COLOR))
    return drawn


def _number_ticks(low: float, high: float, *, is_quantity: bool) -> dict[float, str]:
    """Return two or three round numbers between two, and how they are written."""
    from matplotlib.ticker import MaxNLocator

    values = [float(v) for v in MaxNLocator(2).tick_values(low, high) if low <= v <= high]
    # A year or a postal code has no thousands.
    return {v: short_number(v) if is_quantity else f"{v:.10g}" for v in values}


def _text(text: str, x: float, y: float, color: str) -> Markup:
    return Markup('<text x="{:.2f}" y="{:.2f}" fill="{}">{}</text>').format(x, y, color, text)


def _path(steps: str, style: str) -> Markup:
    return Markup(f'<path d="{steps}" {style}/>')  # noqa: S704 - numbers and our own colors
