"""Base of what a notebook shows: HTML whose style reaches nothing else on the page."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from homestead.reports.base_page import TEMPLATES, new_environment

_TEMPLATES = Path(__file__).with_name("templates")


def render_fragment(template: str, **context: Any) -> str:
    """Return HTML from a template of this package.

    Args:
        template: file name below ``templates``; it extends ``fragment.html``.
        context: variables of the template. Text is escaped; :class:`markupsafe.Markup` is not.
    """
    return _environment().get_template(template).render(context)


@cache
def _environment() -> Environment:
    return new_environment(_TEMPLATES, TEMPLATES)


def link_target(path: str) -> str:
    """Return the address of a file on this machine, which a notebook's page may open."""
    return Path(path).absolute().as_uri()
