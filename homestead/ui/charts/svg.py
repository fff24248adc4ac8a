"""Parts of a chart as inline SVG.

A chart is as wide as its place: positions across are percentages, so that text keeps its size on
a telephone. Curves are in a nested element that is stretched. No style stands in an attribute,
which the page's Content-Security-Policy would refuse.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from homestead.ui.formats import clock

# Of the plot's area, in pixels from the chart's upper edge.
TOP, BOTTOM = 14.0, 130.0
HEIGHT = 152
# A nested element's own units across.
_WIDTH_UNITS = 1000


@dataclass(frozen=True)
class Scale:
    """Values of the vertical axis, from 0 or ``low`` up to a round number.

    Attributes:
        high: greater than ``low``.
    """

    low: float
    high: float

    def y(self, value: float) -> float:
        """Return a value's position in pixels."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(BOTTOM - share * (BOTTOM - TOP), 2)


@dataclass(frozen=True)
class TimeAxis:
    """The horizontal axis: times in seconds since 1970; ``end`` is later than ``start``."""

    start: float
    end: float

    def x(self, at: float) -> float:
        """Return a time's position in percent."""
        share = (at - self.start) / (self.end - self.start)
        return round(100 * min(max(share, 0.0), 1.0), 3)


def scale_of(values: Iterable[float], *, from_zero: bool = True) -> Scale:
    """Return the scale of finite values; 0 to 1 where there are none.

    Args:
        from_zero: whether the axis begins at 0; values below it are shown in any case.
    """
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return Scale(0.0, 1.0)
    low, high = min(finite), max(finite)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    else:
        margin = 0.1 * (high - low)
        low, high = low - margin, high + margin
    if high == low:
        high = low + (abs(low) or 1.0)
    step = _round_step((high - low) / 2)
    return Scale(math.floor(low / step) * step, math.ceil(high / step) * step)


def chart(title: str, parts: Iterable[Markup]) -> Markup:
    """Return a whole chart with a name for those who cannot see it."""
    return Markup(
        '<svg class="chart" role="img" aria-label="{}" width="100%" height="{}">{}</svg>'
    ).format(title, HEIGHT, Markup("").join(parts))


def horizontal_lines(scale: Scale, texts: Sequence[tuple[float, str]]) -> Markup:
    """Return lines across at some values, each with its text above."""
    parts = [
        Markup(
            '<line class="grid" x1="0" x2="100%" y1="{0}" y2="{0}"/>'
            '<text class="tick" x="1" y="{1}">{2}</text>'
        ).format(scale.y(value), scale.y(value) - 3, text)
        for value, text in texts
    ]
    return Markup("").join(parts)


def time_ticks(axis: TimeAxis, count: int = 4) -> Markup:
    """Return texts of times below the plot, the first and last within the chart."""
    span = axis.end - axis.start
    parts = []
    for index in range(count):
        at = axis.start + span * index / (count - 1)
        anchor = {0: "start", count - 1: "end"}.get(index, "middle")
        parts.append(
            Markup('<text class="tick" x="{}%" y="{}" text-anchor="{}">{}</text>').format(
                axis.x(at), HEIGHT - 6, anchor, clock(at, span)
            )
        )
    return Markup("").join(parts)


def bar(x: float, width: float, y: float, height: float, color: str) -> Markup:
    """Return a bar; positions across in percent, the others in pixels."""
    return Markup('<rect x="{}%" width="{}%" y="{}" height="{}" fill="{}"/>').format(
        round(x, 3), round(width, 3), y, round(height, 2), color
    )


def tooltip(x: float, width: float, text: str) -> Markup:
    """Return an area over the whole height that shows a text under the pointer."""
    return Markup(
        '<rect class="tip" x="{}%" width="{}%" y="{}" height="{}"><title>{}</title></rect>'
    ).format(round(x, 3), round(width, 3), TOP, BOTTOM - TOP, text)


def dot(x: float, y: float, color: str, text: str) -> Markup:
    """Return a point with a text under the pointer; ``x`` in percent, ``y`` in pixels."""
    return Markup('<circle cx="{}%" cy="{}" r="3.2" fill="{}"><title>{}</title></circle>').format(
        x, y, color, text
    )


def whisker(x: float, low: float, high: float, color: str) -> Markup:
    """Return an interval as a vertical line; ``x`` in percent, the ends in pixels."""
    return Markup(
        '<line x1="{0}%" x2="{0}%" y1="{1}" y2="{2}" stroke="{3}" stroke-opacity=".45"'
        ' stroke-width="3"/>'
    ).format(x, low, high, color)


def curve(points: Sequence[tuple[float, float]], color: str, *, dashed: bool = False) -> Markup:
    """Return a curve through points; across in percent, the others in pixels."""
    if len(points) < 2:
        return Markup("")
    text = " ".join(f"{x * _WIDTH_UNITS / 100:.1f},{y:.1f}" for x, y in points)
    return Markup(
        '<svg width="100%" height="{0}" viewBox="0 0 {1} {0}" preserveAspectRatio="none">'
        '<polyline points="{2}" fill="none" stroke="{3}" stroke-width="1.6"{4}'
        ' vector-effect="non-scaling-stroke"/></svg>'
    ).format(HEIGHT, _WIDTH_UNITS, text, color, Markup(' stroke-dasharray="5 4"') if dashed else "")


def _round_step(size: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is not below a size."""
    power: float = 10.0 ** math.floor(math.log10(size))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= size * 0.999)
