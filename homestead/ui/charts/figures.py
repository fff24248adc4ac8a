"""The charts of the boxes."""

import math

from markupsafe import Markup

from homestead.reports.plot_style import QUIET_COLOR, WINNER_COLOR
from homestead.ui.charts.svg import TimeAxis
from homestead.ui.charts.time_charts import (
    HARM_COLOR,
    VERSION_COLORS,
    Counts,
    Line,
    Point,
    curves,
    stacked_bars,
)
from homestead.ui.formats import percent
from homestead.ui.views.drift import DriftView
from homestead.ui.views.traffic import TrafficView


def traffic(view: TrafficView) -> Markup:
    """Draw the requests of a window by version."""
    series = [
        Counts(f"version {version}", version_color(index), counts)
        for index, (version, counts) in enumerate(view.versions.items())
    ]
    return stacked_bars(f"Requests by version, {view.window}", view.start, view.width_s, series)


def version_color(index: int) -> str:
    """Return the color of a version by its place, the newest first."""
    return VERSION_COLORS[min(index, len(VERSION_COLORS) - 1)]


def drift(view: DriftView, now: float) -> Markup:
    """Draw the drift share of the reports beside its limit."""
    points = [
        Point(point.at, point.share, text=f"{percent(point.share)}, {point.verdict}")
        for point in view.history
        if math.isfinite(point.at)
    ]
    if not points:
        return Markup("")
    start = points[0].at
    color = HARM_COLOR if view.newest.verdict == "drift" else WINNER_COLOR
    limit = view.newest.threshold
    return curves(
        "Share of drifted inputs over time",
        TimeAxis(start, max(now, start + 60)),
        [Line("share", color if view.newest.share is not None else QUIET_COLOR, points)],
        [(limit, f"allowed {percent(limit, 0)}")],
    )
