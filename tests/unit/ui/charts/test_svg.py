"""Parts of a chart."""

import xml.etree.ElementTree as ET

import pytest

from homestead.ui.charts import svg

HTML = "<script>\"&'"


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [([], 0, 1), ([0.0], 0, 1), ([3, 97], 0, 100), ([-2.0, 5.0], -5, 5), ([float("inf")], 0, 1)],
)
def test_an_axis_holds_its_values_and_ends_with_round_numbers(
    values: list[float], low: float, high: float
) -> None:
    assert svg.scale_of(values) == svg.Scale(low, high)


def test_an_axis_need_not_begin_at_zero() -> None:
    scale = svg.scale_of([100.0, 104.0], from_zero=False)
    assert scale.low > 90
    assert scale.y(scale.low) == svg.BOTTOM
    assert scale.y(scale.high) == svg.TOP


def test_a_text_is_escaped_wherever_it_stands() -> None:
    axis = svg.TimeAxis(0, 100)
    parts = [
        svg.horizontal_lines(svg.Scale(0, 1), [(0.5, HTML)]),
        svg.time_ticks(axis),
        svg.tooltip(0, 10, HTML),
        svg.dot(axis.x(50), 20, HTML, HTML),
        svg.bar(0, 10, 20, 30, HTML),
        svg.whisker(10, 20, 30, HTML),
        svg.curve([(0, 1), (100, 2)], HTML, dashed=True),
    ]
    chart = svg.chart(HTML, parts)
    tree = ET.fromstring(chart)  # noqa: S314
    assert "<script" not in chart
    assert tree.get("aria-label") == HTML
    assert [title.text for title in tree.iter("title")] == [HTML, HTML]


def test_no_style_stands_in_an_attribute() -> None:
    # The page's policy refuses it.
    assert "style=" not in svg.chart("", [svg.curve([(0, 1), (9, 2)], "#000")])
