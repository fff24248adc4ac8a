"""Drawings: text in the page's font, the same bytes each time, and drawn but once."""

import pytest
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure

from homestead.reports.figure_svg import figure_svg


def _figure() -> Figure:
    figure = Figure(layout="constrained")
    figure.subplots(1, 2)[0].set_title("sales & prices")
    return figure


def test_a_drawing_has_a_name_text_and_the_same_bytes_each_time() -> None:
    drawing = figure_svg(_figure(), 'a "name"')
    assert drawing.startswith('<svg role="img" aria-label="a &#34;name&#34;"')
    assert ">sales &amp; prices</text>" in drawing
    assert "font-family" not in drawing
    assert figure_svg(_figure(), 'a "name"') == drawing


def test_each_panel_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of a report's time is drawing: matplotlib may draw a figure to lay it out, too."""
    drawn: list[Axes] = []
    draw = Axes.draw

    def counted(axes: Axes, renderer: RendererBase) -> None:
        drawn.append(axes)
        draw(axes, renderer)

    monkeypatch.setattr(Axes, "draw", counted)
    figure = _figure()
    figure_svg(figure, "panels")
    assert drawn == figure.axes
