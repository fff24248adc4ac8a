"""Page base: escaped text, no gaps, plots inside the page."""

import numpy as np
import pytest
from jinja2 import UndefinedError

from homestead.reports.base_page import figure_html, render
from homestead.reports.plot_style import canvas


def test_an_undefined_variable_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(UndefinedError, match="problem"):
        render("drift_summary.html")


def test_the_same_figure_gives_the_same_text() -> None:
    def drawn() -> str:
        figure, (axis,) = canvas(3, 2)
        axis.plot([1, 2], [3, 4])
        axis.set_xlabel("area")
        return figure_html(figure)

    assert drawn() == drawn()
    assert 'alt="area"' in drawn()
    assert "data:image/svg+xml;base64," in drawn()


def test_a_plot_of_many_points_is_a_png() -> None:
    figure, (axis,) = canvas(3, 2)
    points = np.random.default_rng(0).normal(size=(2, 6000))
    axis.scatter(*points)
    assert "data:image/png;base64," in figure_html(figure, "a <cloud>")
    assert 'alt="a &lt;cloud&gt;"' in figure_html(figure, "a <cloud>")
