"""Requests of the page's server: each address and what is there."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from homestead.errors import UserError
from homestead.steps.ui.boxes.traffic import DEFAULT_WINDOW, WINDOWS
from homestead.steps.ui.lineage_search import find
from homestead.steps.ui.page import Pages
from homestead.steps.ui.readings import explain
from homestead.steps.ui.report_files import (
    artifact_response,
    index_response,
    report_response,
)
from homestead.steps.ui.responses import HTML, JSON, Response, not_found
from homestead.ui.json_text import json_text
from homestead.ui.pages import (
    error_html,
    lineage_html,
    overview_html,
    problem_html,
    script,
    style_sheet,
)

_LOG = logging.getLogger(__name__)
_MAX_TARGET_LENGTH = 4096


@dataclass(frozen=True)
class Target:
    """A request's address.

    Attributes:
        parts: of the path, decoded.
        query: first value by name.
    """

    parts: tuple[str, ...]
    query: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> "Target":
        """Return the target of a request line."""
        address = urlsplit(text)
        parts = tuple(unquote(part) for part in address.path.split("/")[1:])
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        return cls(parts, query)


def respond(pages: Pages, text: str) -> Response:
    """Return the response to a GET; whatever goes wrong becomes a page that says so."""
    if len(text) > _MAX_TARGET_LENGTH or "\x00" in text:
        return Response(414, b"the address is too long")
    try:
        return _respond(pages, Target.parse(text))
    except UserError as error:
        page = error_html(pages.frame(), "Not found", str(error))
        return Response(404, page.encode(), HTML)
    except Exception as error:
        _LOG.exception("cannot answer %s", text[:200])
        page = error_html(pages.frame(), "Cannot be shown", explain(error))
        return Response(502, page.encode(), HTML)


def _respond(pages: Pages, target: Target) -> Response:
    match target.parts:
        case ("",):
            return _html(overview_html(pages.frame(), pages.cards()))
        case ("health",):
            return Response(200, b"ok\n")
        case ("static", "page.css"):
            return Response(200, style_sheet(), "text/css; charset=utf-8")
        case ("static", "page.js"):
            return Response(200, script(), "text/javascript; charset=utf-8")
        case ("problems", problem):
            window = target.query.get("window", DEFAULT_WINDOW)
            boxes = pages.boxes(problem, window)
            return _html(problem_html(pages.frame(), problem, boxes, window, tuple(WINDOWS)))
        case ("problems", problem, "data.json"):
            boxes = pages.boxes(problem, target.query.get("window", DEFAULT_WINDOW))
            content = {"problem": problem, "boxes": {box.key: box for box in boxes}}
            return Response(200, json_text(content).encode(), JSON)
        case ("problems", problem, "lineage"):
            pages.require(problem)
            return _lineage(pages, problem, target.query.get("of", "").strip())
        case ("reports", "index.html"):
            return index_response(pages.sources)
        case ("reports", problem, *path):
            return report_response(pages.sources, problem, "/".join(path))
        case ("runs", run_id, *path):
            return artifact_response(pages.sources, run_id, "/".join(path))
    return not_found()


def _lineage(pages: Pages, problem: str, name: str) -> Response:
    """Return the lineage of a prediction, version or hash, or why it is not found."""
    report, error = None, ""
    try:
        report = find(pages.sources, problem, name) if name else None
    except UserError as reason:
        error = str(reason)
    text = lineage_html(pages.frame(), problem, name, report, error)
    return Response(404 if error else 200, text.encode(), HTML)


def _html(text: str) -> Response:
    return Response(200, text.encode(), HTML)
