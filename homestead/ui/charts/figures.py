"""The charts of the boxes."""

import math

from markupsafe import Markup

from homestead.performance.report import Figure, PeriodFigures
from homestead.reports.charts import CHAMPION_COLOR, HARM_COLOR, QUIET_COLOR, WINNER_COLOR
from homestead.reports.wording import metric_title, metric_value
from homestead.ui.charts.svg import TimeAxis
from homestead.ui.charts.time_charts import (
    VERSION_COLORS,
    Counts,
    Line,
    Point,
    curves,
    stacked_bars,
)
from homestead.ui.formats import percent
from homestead.ui.views.drift import DriftView
from homestead.ui.views.loop import PerformanceView
from homestead.ui.views.traffic import TrafficView

MEASURED_COLOR, ESTIMATED_COLOR = WINNER_COLOR, CHAMPION_COLOR


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


def performance(view: PerformanceView) -> Markup:
    """Draw the metric over time, on labels and estimated, beside the promise and its tolerance."""
    report = view.report
    periods = report.timeline
    start, end = periods[0].since.timestamp(), periods[-1].until.timestamp()
    lines = [
        Line(
            name,
            color,
            [_point(period, getattr(period, name), report.metric, name) for period in periods],
        )
        for name, color in (("estimated", ESTIMATED_COLOR), ("measured", MEASURED_COLOR))
    ]
    limits = []
    if report.promised is not None and report.promised.value is not None:
        promised = report.promised.value
        sign = -1 if report.higher_is_better else 1
        limit = promised + sign * report.tolerance * abs(promised)
        limits.append((limit, f"harm beyond {metric_value(report.metric, limit)}"))
    return curves(
        f"{metric_title(report.metric)} over time",
        TimeAxis(start, max(end, start + 60)),
        lines,
        limits,
        from_zero=False,
    )


def _point(period: PeriodFigures, figure: Figure | None, metric: str, name: str) -> Point:
    at = (period.since.timestamp() + period.until.timestamp()) / 2
    if figure is None or figure.value is None:
        return Point(at, None)
    text = f"{name} {metric_value(metric, figure.value)} on {figure.rows:,} rows"
    return Point(at, figure.value, figure.low, figure.high, text)
