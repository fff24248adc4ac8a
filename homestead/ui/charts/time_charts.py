"""Charts over time: counts by version as bars, figures with intervals and limits as curves."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from homestead.reports.charts import (
    CHAMPION_COLOR,
    DARK_COLOR,
    HARM_COLOR,
    QUIET_COLOR,
    WINNER_COLOR,
)
from homestead.ui.charts import svg
from homestead.ui.formats import moment, number

# Of versions, the newest first; the others share the last one.
VERSION_COLORS = (WINNER_COLOR, CHAMPION_COLOR, DARK_COLOR, QUIET_COLOR)


@dataclass(frozen=True)
class Counts:
    """Counts of one kind in consecutive times of equal length; None where nothing is known."""

    name: str
    color: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Point:
    """A figure at a time, with what may be known of its interval.

    Attributes:
        at: seconds since 1970.
        value, low, high: None and what is not finite are left out.
        text: shown under the pointer, after the time.
    """

    at: float
    value: float | None
    low: float | None = None
    high: float | None = None
    text: str = ""


@dataclass(frozen=True)
class Line:
    """Points of one kind, in order of time."""

    name: str
    color: str
    points: Sequence[Point]


def stacked_bars(title: str, start: float, width_s: float, series: Sequence[Counts]) -> Markup:
    """Return bars of counts, one series on the other.

    Args:
        start: of the first bar, seconds since 1970.
        width_s: what a bar spans.
    """
    count = max((len(counts.values) for counts in series), default=0)
    if count == 0:
        return Markup("")
    axis = svg.TimeAxis(start, start + count * width_s)
    totals = [sum(_finite(counts.values[i]) for counts in series) for i in range(count)]
    scale = svg.scale_of(totals)
    wide = 100 / count
    parts = [_grid(scale), svg.time_ticks(axis)]
    for i in range(count):
        x, below = i * wide, 0.0
        for counts in series:
            value = _finite(counts.values[i])
            if value > 0:
                top, bottom = scale.y(below + value), scale.y(below)
                parts.append(svg.bar(x + 0.08 * wide, 0.84 * wide, top, bottom - top, counts.color))
                below += value
        parts.append(svg.tooltip(x, wide, _bar_text(start + i * width_s, totals[i], series, i)))
    return svg.chart(title, parts)


def curves(
    title: str,
    axis: svg.TimeAxis,
    lines: Sequence[Line],
    limits: Sequence[tuple[float, str]] = (),
    *,
    from_zero: bool = True,
) -> Markup:
    """Return curves of figures; a point without a value interrupts its curve.

    Args:
        limits: values at which a dashed line is drawn, with their texts.
        from_zero: whether the vertical axis begins at 0.
    """
    limits = [(value, text) for value, text in limits if math.isfinite(value)]
    values = [value for line in lines for point in line.points for value in _numbers(point)]
    scale = svg.scale_of([*values, *(value for value, _ in limits)], from_zero=from_zero)
    parts = [_grid(scale), svg.time_ticks(axis)]
    for value, text in limits:
        ends = [(0.0, scale.y(value)), (100.0, scale.y(value))]
        parts.append(svg.curve(ends, HARM_COLOR, dashed=True))
        parts.append(
            Markup('<text class="tick limit" x="99.5%" y="{}" text-anchor="end">{}</text>').format(
                scale.y(value) - 4, text
            )
        )
    for line in lines:
        parts += _line_parts(line, axis, scale)
    return svg.chart(title, parts)


def _line_parts(line: Line, axis: svg.TimeAxis, scale: svg.Scale) -> list[Markup]:
    stretches: list[list[tuple[float, float]]] = [[]]
    marks: list[Markup] = []
    for point in line.points:
        if point.value is None or not math.isfinite(point.value):
            stretches.append([])
            continue
        x, y = axis.x(point.at), scale.y(point.value)
        stretches[-1].append((x, y))
        if None not in (low := point.low, high := point.high) and len(_numbers(point)) == 3:
            marks.append(svg.whisker(x, scale.y(_finite(low)), scale.y(_finite(high)), line.color))
        text = point.text or f"{line.name}: {number(point.value)}"
        marks.append(svg.dot(x, y, line.color, f"{moment(point.at)}: {text}"))
    return [*(svg.curve(stretch, line.color) for stretch in stretches), *marks]


def _grid(scale: svg.Scale) -> Markup:
    middle = (scale.low + scale.high) / 2
    texts = [(value, number(value)) for value in (scale.low, middle, scale.high)]
    return svg.horizontal_lines(scale, texts)


def _bar_text(at: float, total: float, series: Sequence[Counts], index: int) -> str:
    parts = [
        f"{counts.name}: {number(counts.values[index])}"
        for counts in series
        if counts.values[index]
    ]
    return f"{moment(at)}: {number(total)}" + (f" ({', '.join(parts)})" if parts else "")


def _numbers(point: Point) -> list[float]:
    values = (point.value, point.low, point.high)
    return [value for value in values if value is not None and math.isfinite(value)]


def _finite(value: float | None) -> float:
    return value if value is not None and math.isfinite(value) else 0.0
