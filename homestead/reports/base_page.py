"""Base of all report pages: one HTML file that contains its styles and plots."""

import base64
import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from homestead import __version__
from homestead.reports import wording

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TEMPLATES = Path(__file__).with_name("templates")
# A plot of many points is smaller as a PNG.
_MAX_SVG_BYTES = 400_000


def render(template: str, **context: Any) -> str:
    """Return a page from a template of this package.

    Args:
        template: file name below ``reports/templates``; it extends ``base.html`` and fills its
            blocks ``title`` and ``content``.
        context: variables of the template. Text is escaped; :class:`markupsafe.Markup` is not.
    """
    return _environment().get_template(template).render(context)


@cache
def _environment() -> Environment:
    return new_environment(TEMPLATES)


def new_environment(*folders: Path) -> Environment:
    """Return an environment of templates with the formats of all pages.

    Args:
        folders: where templates are looked for, one after the other.
    """
    # An undefined variable is an error, not a gap in the page.
    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "homestead_version": __version__,
        "better_direction": wording.better_direction,
        "difference": wording.difference,
        "metric_title": wording.metric_title,
        "metric_value": wording.metric_value,
        "number": wording.number,
        "percent": wording.percent,
    }
    return environment


def figure_html(figure: "Figure", alt: str = "") -> Markup:
    """Return a figure as an image element; the same figure gives the same text.

    Args:
        alt: alternative text; by default the titles and labels of the axes.
    """
    media_type, content = "svg+xml", _saved(figure, "svg")
    if len(content) > _MAX_SVG_BYTES:
        media_type, content = "png", _saved(figure, "png")
    # Not inline SVG: element ids of different plots would collide.
    source = f"data:image/{media_type};base64,{base64.b64encode(content).decode()}"
    width = round(figure.get_figwidth() * 96)
    return Markup('<img class="figure" src="{}" width="{}" alt="{}">').format(
        source, width, alt or _described(figure)
    )


def _saved(figure: "Figure", format_name: str) -> bytes:
    import matplotlib as mpl

    target = io.BytesIO()
    # Without a fixed salt and without dates the bytes differ from run to run.
    with mpl.rc_context({"svg.hashsalt": "homestead"}):
        metadata = {"Date": None} if format_name == "svg" else {"Software": None}
        figure.savefig(target, format=format_name, dpi=160, metadata=metadata)
    return target.getvalue()


def _described(figure: "Figure") -> str:
    descriptions = []
    for axes in figure.axes:
        labels = " by ".join(filter(None, (axes.get_ylabel(), axes.get_xlabel())))
        descriptions.append(": ".join(filter(None, (axes.get_title(), labels))))
    return "; ".join(filter(None, descriptions)) or "plot"
