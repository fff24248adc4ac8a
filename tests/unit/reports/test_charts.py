"""Charts: inline SVG for two widths, the same each time, in colors that all people tell apart."""

import itertools
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from homestead.reports.charts import (
    CHAMPION_COLOR,
    DARK_COLOR,
    HARM_COLOR,
    NARROW,
    QUIET_COLOR,
    WIDE,
    WINNER_COLOR,
    Frame,
    canvas,
    chart_html,
    dot_size,
    label_rows,
    panel_title,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Linear RGB as people without one kind of cone see it (Machado, Oliveira and Fernandes, 2009).
_SIGHT = {
    "all cones": np.eye(3),
    "no red": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no green": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no blue": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
) / np.array([[0.9505], [1.0], [1.089]])


def lab(color: str, sight: str) -> np.ndarray:
    """Return a color's place in CIELAB, as it is seen."""
    rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    x, y, z = np.cbrt(np.clip(_XYZ @ np.clip(np.array(_SIGHT[sight]) @ linear, 0, 1), 0.009, None))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", _SIGHT)
def test_colors_are_told_apart_by_all_people(sight: str) -> None:
    colors = (WINNER_COLOR, CHAMPION_COLOR, QUIET_COLOR, HARM_COLOR, DARK_COLOR)
    for first, second in itertools.combinations(colors, 2):
        difference = float(np.linalg.norm(lab(first, sight) - lab(second, sight)))
        assert difference > 20, (first, second, difference)


def drawn(frame: Frame) -> "Figure":
    figure, (axis,) = canvas(frame, 2)
    axis.plot([1, 2], [3, 4], marker="o")
    axis.set_xlabel("area <m²>")
    label_rows(axis, frame, ["a & b", "c" * 60])
    return figure


def test_a_chart_is_drawn_for_a_wide_and_a_narrow_page() -> None:
    html = chart_html(drawn, "It rises <fast>.")
    widths = [float(width) for width in re.findall(r'width="([\d.]+)pt"', html)]
    assert widths == pytest.approx([WIDE.inches * 72, NARROW.inches * 72])
    assert "<figcaption>It rises &lt;fast&gt;.</figcaption>" in html
    assert "area &lt;m²&gt;" in html
    assert "a &amp; b" in html


def test_the_same_figure_gives_the_same_text() -> None:
    assert chart_html(drawn, "It rises.") == chart_html(drawn, "It rises.")


def test_text_is_text_of_a_legible_size_in_the_pages_font() -> None:
    html = chart_html(drawn, "It rises.")
    sizes = [float(size) for size in re.findall(r"<text style=\"font-size: ([\d.]+)px", html)]
    # A point of the drawing is 4/3 pixels of the page.
    assert sizes
    assert min(sizes) * 4 / 3 >= 11
    assert "font-family" not in html


def test_parts_of_a_page_refer_only_to_themselves() -> None:
    html = chart_html(drawn, "It rises.")
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)
    assert set(re.findall(r"url\(#([^)]+)\)", html)) <= set(ids)


def test_a_small_group_looks_small() -> None:
    assert dot_size(5) < dot_size(50) < dot_size(5000)


@pytest.mark.parametrize("frame", [WIDE, NARROW])
@pytest.mark.parametrize("columns", [2, 5])
def test_titles_of_neighbouring_panels_do_not_run_into_each_other(
    frame: Frame, columns: int
) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(frame.inches, 2), layout="constrained")
    axes = figure.subplots(1, columns)
    for axis in axes:
        panel_title(axis, frame, "sqft_neighbourhood, square feet in all")
    figure.draw_without_rendering()
    boxes = [axis.title.get_window_extent() for axis in axes]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))
    assert all(axis.get_title().endswith("…") for axis in axes) == (columns == 5 or frame is NARROW)
