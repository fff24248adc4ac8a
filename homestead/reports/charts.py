"""Charts of the reports: matplotlib figures as inline SVG, each drawn for two widths.

A drawing that is scaled down to a telephone has text that nobody can read, so every chart is drawn
once for a wide page and once for a narrow one, and the style sheet shows the one that fits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from homestead.reports.figure_svg import figure_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

# Told apart by people who see no red, no green or no blue, and in grey: see the test.
WINNER_COLOR, CHAMPION_COLOR, QUIET_COLOR = "#0072b2", "#c77c02", "#8a94a0"
HARM_COLOR, LINE_COLOR, DARK_COLOR = "#b3261e", "#333333", "#3b2a6b"
# Color, dash and marker of the new model and of the champion: lines that lie on each other show.
MODEL_STYLES = ((WINNER_COLOR, "-", "o"), (CHAMPION_COLOR, (0, (4, 2)), "s"))
# Below this a group's figure is mostly chance, and is drawn small and hollow.
SMALL_GROUP_ROWS = 30


@dataclass(frozen=True)
class Frame:
    """Width that a chart is drawn for.

    Attributes:
        inches: 96 pixels of the page each.
        font_size: of all text, in points; smaller text is not legible where the page is scaled to
            the frame's narrowest place.
    """

    inches: float
    font_size: float
    is_narrow: bool

    def panels_beside(self, axis: "Axes") -> int:
        """Return how many panels share the width, the axis' own included."""
        spec = axis.get_subplotspec()
        return 1 if spec is None else spec.get_gridspec().ncols


WIDE = Frame(9.6, 9.5, is_narrow=False)
NARROW = Frame(3.4, 9.5, is_narrow=True)
Drawing = Callable[[Frame], "Figure"]


def chart_html(draw: Drawing, sentence: str, alt: str = "", *, is_small: bool = False) -> Markup:
    """Return a chart as inline SVG below the sentence that says what it shows.

    Args:
        draw: returns the figure of a frame; the same frame gives the same text.
        sentence: what follows from the figures that are drawn.
        alt: name for those who cannot see it; by default the titles and labels of the axes.
        is_small: whether the narrow drawing serves on wide pages too.
    """
    figures = [draw(frame) for frame in ((NARROW,) if is_small else (WIDE, NARROW))]
    name = alt or _described(figures[0])
    return figure_html([figure_svg(figure, name) for figure in figures], sentence)


def figure_html(drawings: Sequence[Markup], sentence: str) -> Markup:
    """Return drawings below the sentence that says what they show.

    Args:
        drawings: SVG elements for a wide and for a narrow page, or one that serves on both.
    """
    is_small = len(drawings) == 1
    kinds = ("narrow",) if is_small else ("wide", "narrow")
    parts = Markup("").join(
        Markup('<div class="{}">{}</div>').format(kind, drawing)
        for kind, drawing in zip(kinds, drawings, strict=True)
    )
    return Markup('<figure class="chart{}"><figcaption>{}</figcaption>{}</figure>').format(
        " small" if is_small else "", sentence, parts
    )


def canvas(frame: Frame, height: float, panels: int = 1) -> "tuple[Figure, list[Axes]]":
    """Return a figure with plain axes: side by side, in a narrow frame one below the other.

    Args:
        height: of a panel, in inches.
    """
    from matplotlib.figure import Figure

    rows, columns = (panels, 1) if frame.is_narrow else (1, panels)
    figure = Figure(figsize=(frame.inches, height * rows), layout="constrained")
    axes = list(np.atleast_1d(figure.subplots(rows, columns)).flat)
    for axis in axes:
        style(axis, frame)
    return figure, axes


def style(axis: "Axes", frame: Frame) -> None:
    """Give an axis the looks of all charts."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color("#aab2b9")
    axis.grid(color="#e6e9ec", linewidth=0.8)
    axis.set_axisbelow(True)
    axis.tick_params(labelsize=frame.font_size, color="#aab2b9", labelcolor="#49535c")
    for label in (axis.xaxis.label, axis.yaxis.label, axis.title):
        label.set_fontsize(frame.font_size)
    if frame.is_narrow:
        axis.locator_params(axis="x", nbins=4)


def panel_title(axis: "Axes", frame: Frame, text: str) -> None:
    """Write a panel's title, cut to the panel's width, so that it does not run into the next."""
    title = fitting_title(text, frame, frame.panels_beside(axis))
    axis.set_title(title, fontsize=frame.font_size)


def fitting_title(text: str, frame: Frame, panels: int) -> str:
    """Return a title that is cut to the width of one of the panels that share a frame's width."""
    letters = 72 * frame.inches / panels / (0.6 * frame.font_size)
    return shortened(text, int(letters) - 1)


def label_rows(axis: "Axes", frame: Frame, names: Sequence[str]) -> None:
    """Name the rows of a chart, the first on top at position 0, each other one 1 below.

    In a narrow frame each name stands above its row, because beside it nothing would be left.
    """
    positions = [-position for position in range(len(names))]
    axis.set_ylim(-len(names) + 0.5, 0.7 if frame.is_narrow else 0.5)
    if not frame.is_narrow:
        axis.set_yticks(positions, names, fontsize=frame.font_size)
        return
    axis.set_yticks(positions, [])
    axis.tick_params(axis="y", length=0)
    for position, name in zip(positions, names, strict=True):
        axis.annotate(
            shortened(name, 44),
            (0, position + 0.28),
            xycoords=("axes fraction", "data"),
            va="bottom",
            fontsize=frame.font_size,
            color="#49535c",
        )


def row_height(frame: Frame, count: int) -> float:
    """Return the height of a chart of rows that :func:`label_rows` names, in inches."""
    return 0.9 + (0.44 if frame.is_narrow else 0.28) * count


def legend_above(axis: "Axes", frame: Frame) -> None:
    """Explain the lines above the plot, where they hide nothing."""
    longest = max(len(name) for name in axis.get_legend_handles_labels()[1])
    # A character is about half as wide as high; before each name is a piece of its line.
    width = frame.font_size / 72 * (0.55 * longest + 4)
    axis.legend(
        fontsize=frame.font_size,
        frameon=False,
        ncols=max(1, int(0.85 * frame.inches / frame.panels_beside(axis) / width)),
        loc="lower left",
        bbox_to_anchor=(0, 1),
        handlelength=2.4,
        columnspacing=1.2,
        borderaxespad=0.2,
    )


def dot_size(rows: int) -> float:
    """Return the area of a group's dot in square points: a small group looks small."""
    return float(np.clip(6 * np.log10(max(rows, 1)) ** 1.6, 6, 60))


def is_small_group(rows: int) -> bool:
    """Return whether a group has too few rows for its figure to say much."""
    return rows < SMALL_GROUP_ROWS


def short_numbers(axis: "Axis", *, logarithmic: bool = False) -> None:
    """Write an axis' numbers as 200k or 1.5M, on a logarithmic axis at 1, 2 and 5 only."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    if logarithmic:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=8))
        axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: short_number(value)))


def short_number(value: float) -> str:
    """Return a number as 200k or 1.5M."""
    from matplotlib.ticker import EngFormatter

    return EngFormatter(sep="")(value) if abs(value) >= 1000 else f"{value:.6g}".replace("-", "−")


def date_axis(axis: "Axes", frame: Frame) -> None:
    """Write the times of a horizontal axis, as many as fit."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    most = 4 if frame.is_narrow else 9
    locator = AutoDateLocator(minticks=2, maxticks=most)  # type: ignore[no-untyped-call]
    axis.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call]
    axis.xaxis.set_major_formatter(formatter)


def shortened(text: str, length: int) -> str:
    """Return a text that is cut to a length, with … in place of its end."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _described(figure: "Figure") -> str:
    descriptions = []
    for axes in figure.axes:
        labels = " by ".join(filter(None, (axes.get_ylabel(), axes.get_xlabel())))
        descriptions.append(": ".join(filter(None, (axes.get_title(), labels))))
    return "; ".join(filter(None, descriptions)) or "chart"
