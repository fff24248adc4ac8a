"""The pages as HTML: all problems, one problem, the lineage of something, an error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from homestead.performance.report import BLIND_SPOT
from homestead.reports.base_page import STYLE_SHEET, new_environment
from homestead.reports.base_page import TEMPLATES as REPORT_TEMPLATES
from homestead.reports.lineage.facts import LineageReport
from homestead.reports.lineage.page import lineage_variables
from homestead.reports.releases.page import test_title
from homestead.reports.wording import duration
from homestead.ui import formats
from homestead.ui.charts import figures
from homestead.ui.views.box import Box, ProblemCard

_FOLDER = Path(__file__).parent
_STATIC = _FOLDER / "static"
_STYLES = (STYLE_SHEET, _STATIC / "page.css")

# Of boxes that show the same kind of content; any other has one of its own key.
_BOX_TEMPLATES = {"run_reports": "reports"}


@dataclass(frozen=True)
class PageFrame:
    """What every page has.

    Attributes:
        source: where the figures come from, such as the home.
        now: seconds since 1970.
    """

    source: str
    now: float


def overview_html(frame: PageFrame, cards: Sequence[ProblemCard]) -> str:
    """Return the page of all problems."""
    return _render("overview.html", frame, cards=cards)


def problem_html(
    frame: PageFrame, problem: str, boxes: Sequence[Box], window: str, windows: Sequence[str]
) -> str:
    """Return the page of a problem.

    Args:
        window: of the traffic.
        windows: those that may be chosen.
    """
    return _render(
        "problem.html", frame, problem=problem, boxes=boxes, window=window, windows=windows
    )


def lineage_html(
    frame: PageFrame, problem: str, name: str, report: LineageReport | None, error: str = ""
) -> str:
    """Return the page of the search for a lineage.

    Args:
        name: what was looked for, '' before the first search.
        report: what was found; None if nothing was.
        error: why nothing was.
    """
    found = {} if report is None else lineage_variables(report)
    return _render(
        "lineage_search.html",
        frame,
        problem=problem,
        name=name,
        has_found=report is not None,
        error=error,
        **found,
    )


def error_html(frame: PageFrame, title: str, text: str) -> str:
    """Return a page that says why there is no other."""
    return _render("error.html", frame, heading=title, text=text)


def style_sheet() -> bytes:
    """Return the styles of all pages: those of the reports, then the page's own."""
    return b"\n".join(path.read_bytes() for path in _STYLES)


def script() -> bytes:
    """Return the script that lets a page update itself."""
    return (_STATIC / "page.js").read_bytes()


def _render(template: str, frame: PageFrame, **context: Any) -> str:
    def box_content(box: Box) -> Markup:
        """Render what a box shows; its template escapes."""
        values: Mapping[str, Any] = {**context, "box": box, "content": box.content}
        name = _BOX_TEMPLATES.get(box.key, box.key)
        text = _environment().get_template(f"boxes/{name}.html").render(frame=frame, **values)
        return Markup(text)  # noqa: S704

    page = _environment().get_template(template)
    return page.render(frame=frame, box_content=box_content, **context)


@cache
def _environment() -> Environment:
    environment = new_environment(_FOLDER / "templates", REPORT_TEMPLATES)
    environment.globals |= {
        "number": formats.number,
        "percent": formats.percent,
        "ms": formats.milliseconds,
        "utc_time": formats.moment,
        "ago": formats.ago,
        "duration": duration,
        "test_title": test_title,
        "figures": figures,
        "blind_spot": BLIND_SPOT,
    }
    return environment
