"""Base of all report pages: one HTML file that contains its styles and charts."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from homestead import __version__
from homestead.reports import wording

TEMPLATES = Path(__file__).with_name("templates")
STYLE_SHEET = TEMPLATES / "report.css"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class PageHeader:
    """What stands above every report.

    Attributes:
        problem: name of the problem; '' for none.
        version: which model it is about, in words; '' for none.
        written_at: UTC.
    """

    problem: str
    version: str = ""
    written_at: datetime = field(default_factory=_now)


def render(template: str, header: PageHeader, **context: Any) -> str:
    """Return a page from a template of this package.

    Args:
        template: file name below ``reports/templates``; it extends ``base.html`` and fills its
            blocks ``title`` and ``content``.
        header: of the page.
        context: variables of the template. Text is escaped; :class:`markupsafe.Markup` is not.
    """
    return _environment().get_template(template).render(context, header=header)


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
        "metric_label": wording.metric_label,
        "metric_title": wording.metric_title,
        "metric_value": wording.metric_value,
        "number": wording.number,
        "percent": wording.percent,
        "sentence": wording.sentence,
    }
    return environment
