"""Charts of the boxes."""

import math
import time
from datetime import UTC, datetime, timedelta

from homestead.performance.report import Figure, PeriodFigures
from homestead.ui.charts import figures
from homestead.ui.charts.time_charts import VERSION_COLORS
from homestead.ui.views.drift import DriftPoint, DriftView
from homestead.ui.views.loop import PerformanceView
from homestead.ui.views.traffic import TrafficView
from tests import factories

HTML = "<img src=x>"


def test_a_version_s_name_is_escaped_in_the_tooltip() -> None:
    view = TrafficView("1h", 0.0, 60.0, {HTML: [1, 2]}, (), None)
    chart = figures.traffic(view)
    assert "<img" not in chart
    assert chart.count("version &lt;img src=x&gt;: 1") == 1
    assert view.total == 3


def test_more_versions_than_colors_share_the_last_one() -> None:
    assert figures.version_color(0) == VERSION_COLORS[0]
    assert figures.version_color(99) == VERSION_COLORS[-1]


def test_reports_without_a_share_leave_the_others() -> None:
    now = time.time()
    points = [
        DriftPoint(now - 100 * i, share, "no drift", 5)
        for i, share in enumerate([0.1, None, math.nan, 0.2])
    ]
    chart = figures.drift(DriftView(factories.drift_report_row(), points[::-1]), now)
    assert chart.count("<circle") == 2
    assert "allowed 30%" in chart
    assert figures.drift(DriftView(factories.drift_report_row(), []), now) == ""


def test_performance_is_drawn_beside_what_would_be_harm() -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    periods = tuple(
        PeriodFigures(
            since=start + timedelta(days=day),
            until=start + timedelta(days=day + 1),
            predictions=9,
            measured=Figure(value=0.1, low=0.09, high=0.11, rows=5) if day else None,
            estimated=Figure(value=None, rows=0, undefined="one class"),
        )
        for day in range(3)
    )
    view = PerformanceView(factories.performance_report(timeline=periods))
    chart = figures.performance(view)
    assert chart.count("<circle") == 2
    assert "measured 10.00% on 5 rows" in chart
    # Promised are 8%; the tolerance is a twentieth of that.
    assert "harm beyond 8.40%" in chart
