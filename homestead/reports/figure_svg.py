"""SVG elements of matplotlib's figures, without what a page does not need."""

import hashlib
import io
import re
import warnings
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Points per inch of a raster image within a chart, such as a cloud of thousands of points.
_RASTER_DPI = 140
_ID = re.compile(r' id="\w+?_\d+"| id="matplotlib\.axis_\d+"')
_FONT = re.compile(r"(font-size: [\d.]+px); font-family: [^;\"]*")
_NO_ROTATION = re.compile(r' transform="rotate\(-0 [^"]*"')
_TAG = re.compile(r"<[^>]*>")
_LONG_NUMBER = re.compile(r"(\.\d\d)\d+")


def figure_svg(figure: "Figure", name: str) -> Markup:
    """Return a figure as an SVG element with text as text, in the page's font."""
    import matplotlib as mpl

    target = io.BytesIO()
    # Without a fixed salt and without metadata the bytes differ from run to run.
    with (
        mpl.rc_context({"svg.hashsalt": "homestead", "svg.fonttype": "none"}),
        warnings.catch_warnings(),
    ):
        metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        # Where names leave no room, the chart is drawn over them.
        warnings.filterwarnings("ignore", message="constrained_layout not applied")
        _lay_out(figure)
        figure.savefig(target, format="svg", dpi=_RASTER_DPI, metadata=metadata, transparent=True)
    text = target.getvalue().decode()
    # In HTML an SVG element needs no names of name spaces.
    text = re.sub(
        r' xmlns(:xlink)?="[^"]*"| version="1.1"', "", text[text.index("<svg") :], count=3
    )
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", text, count=1, flags=re.DOTALL)
    text = _TAG.sub(lambda tag: _compact(tag[0]), text)
    text = re.sub(r"\n\s*", "\n", text)
    # Ids are unique in a page; equal ones of two plots would refer to each other's parts.
    salt = hashlib.sha256(text.encode()).hexdigest()[:8]
    text = re.sub(r'((?: id="|href="#|url\(#))', rf"\g<1>c{salt}", text)
    label = Markup('<svg role="img" aria-label="{}"').format(name)
    return Markup(text.replace("<svg", label, 1))  # noqa: S704  # matplotlib escapes texts


def _lay_out(figure: "Figure") -> None:
    """Place a figure's parts, so that it is drawn once: saving would draw it to lay it out, too."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    FigureCanvasSVG(figure)
    if engine := figure.get_layout_engine():
        engine.execute(figure)
        figure.set_layout_engine(None)


def _compact(tag: str) -> str:
    """Return a tag without what says nothing: half of a drawing."""
    tag = _FONT.sub(r"\1", _NO_ROTATION.sub("", _ID.sub("", tag)))
    return tag if "base64" in tag else _LONG_NUMBER.sub(r"\1", tag)
