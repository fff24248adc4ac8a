"""The page that every report stands on: one HTML file with its looks and its plots inside."""

import base64
import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from homestead import __version__

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TEMPLATES = Path(__file__).with_name("templates")
# A plot of many points is smaller as pixels.
_LARGEST_SVG = 400_000


def render(template: str, **context: Any) -> str:
    """A page from a template of this package.

    Args:
        template: file name below ``reports/templates``; it extends ``base.html`` and fills its
            blocks ``title`` and ``content``.
        context: what the template reads. Text is escaped; :class:`markupsafe.Markup` is not.
    """
    return _environment().get_template(template).render(context)


@cache
def _environment() -> Environment:
    # A name that a template reads and nobody gave is an error, not a hole in the page.
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["homestead_version"] = __version__
    return environment


def figure_html(figure: "Figure", alt: str = "") -> Markup:
    """A figure as an image inside the page; the same figure gives the same text.

    Args:
        alt: the image in words; the titles and labels of its axes when empty.
    """
    kind, content = "svg+xml", _saved(figure, "svg")
    if len(content) > _LARGEST_SVG:
        kind, content = "png", _saved(figure, "png")
    # An image of its own: the ids inside one plot can't meet those of another.
    source = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    width = round(figure.get_figwidth() * 96)
    return Markup('<img class="figure" src="{}" width="{}" alt="{}">').format(
        source, width, alt or _words(figure)
    )


def _saved(figure: "Figure", kind: str) -> bytes:
    import matplotlib as mpl

    target = io.BytesIO()
    # Without these the bytes differ from run to run.
    with mpl.rc_context({"svg.hashsalt": "homestead"}):
        undated = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(target, format=kind, dpi=160, metadata=undated)
    return target.getvalue()


def _words(figure: "Figure") -> str:
    said = []
    for axes in figure.axes:
        labels = " by ".join(filter(None, (axes.get_ylabel(), axes.get_xlabel())))
        said.append(": ".join(filter(None, (axes.get_title(), labels))))
    return "; ".join(filter(None, said)) or "plot"
