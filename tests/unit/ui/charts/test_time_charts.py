"""Charts over time."""

import math
import xml.etree.ElementTree as ET

from homestead.ui.charts.svg import TimeAxis
from homestead.ui.charts.time_charts import Counts, Line, Point, curves, stacked_bars


def _titles(chart: str) -> list[str]:
    return [title.text or "" for title in ET.fromstring(chart).iter("title")]  # noqa: S314


def test_bars_stand_on_each_other_and_tell_their_counts() -> None:
    series = [Counts("version 2", "#111", [1, 0, 3]), Counts("version 1", "#222", [9, None, 2])]
    chart = stacked_bars("requests", 0.0, 60.0, series)
    assert chart.count('fill="#111"') == 2
    assert chart.count('fill="#222"') == 2
    assert _titles(chart) == [
        "1970-01-01 00:00:00: 10 (version 2: 1, version 1: 9)",
        "1970-01-01 00:01:00: 0",
        "1970-01-01 00:02:00: 5 (version 2: 3, version 1: 2)",
    ]


def test_no_bars_are_no_chart() -> None:
    assert stacked_bars("requests", 0.0, 60.0, []) == ""


def test_a_point_that_is_no_number_interrupts_its_curve_and_no_other() -> None:
    values = [1.0, 2.0, math.nan, 3.0, math.inf, 4.0, 5.0]
    points = [Point(60.0 * i, value, value - 1, value + 1) for i, value in enumerate(values)]
    points.append(Point(420.0, None))
    chart = curves("share", TimeAxis(0, 420), [Line("share", "#111", points)], [(6.0, "limit")])
    assert len(_titles(chart)) == 5
    # Two stretches of two points, and the limit.
    assert chart.count("<polyline") == 3
    assert "nan" not in chart
    assert "inf" not in chart


def test_one_point_and_its_interval_are_a_chart() -> None:
    chart = curves("r", TimeAxis(0, 60), [Line("r", "#111", [Point(30, 1.0, 0.5, 1.5)])])
    assert _titles(chart) == ["1970-01-01 00:00:30: r: 1"]
