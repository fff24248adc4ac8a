"""Table of the server's routes: method, path and handler."""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple
from urllib.parse import unquote

import httptools

from homestead.serving.http.application import Responder
from homestead.serving.http.request import HttpRequest

VERSION_PLACEHOLDER = "{version}"
_VERSION_PATTERN = "(?P<version>[^/:]+)"


class RoutedRequest(NamedTuple):
    """What a handler gets of a request.

    Attributes:
        http: the whole request.
        version: the model version that the path names, if any.
        query: the target's query string, not decoded.
    """

    http: HttpRequest
    respond: Responder
    version: str | None = None
    query: bytes = b""


class Route(NamedTuple):
    """One entry of the table.

    Attributes:
        method: GET, which includes HEAD, or POST.
        path: path, in which ``{version}`` stands for a model version.
        handle: responds to a request, at once or later.
        encode_error: encodes the content of an error from status, reason and message.
    """

    method: str
    path: str
    handle: Callable[[RoutedRequest], None]
    encode_error: Callable[[int, str, str], bytes]

    @property
    def methods(self) -> tuple[str, ...]:
        """Allowed methods beside OPTIONS."""
        return ("GET", "HEAD") if self.method == "GET" else (self.method,)


class RouteMatch(NamedTuple):
    """The route of a path, and the model version that the path names."""

    route: Route
    version: str | None


def parse_target(target: bytes) -> tuple[str, bytes]:
    """Return the decoded path of a request's target, and the query string, which is not decoded.

    Raises:
        ValueError: the target is no URL.
    """
    try:
        url = httptools.parse_url(target)
    except httptools.HttpParserInvalidURLError:
        raise ValueError("the request's target is no URL") from None
    return unquote((url.path or b"/").decode("latin-1")), url.query or b""


class RouteTable:
    """Finds the route of a path: exact paths first, then templates in the order of the table."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._exact: dict[str, Route] = {}
        self._templates: list[tuple[re.Pattern[str], Route]] = []
        for route in routes:
            if VERSION_PLACEHOLDER in route.path:
                before, after = map(re.escape, route.path.split(VERSION_PLACEHOLDER))
                self._templates.append((re.compile(before + _VERSION_PATTERN + after), route))
            else:
                self._exact[route.path] = route

    @property
    def exact_paths(self) -> tuple[str, ...]:
        """The paths that hold no model version."""
        return tuple(self._exact)

    def find(self, path: str) -> RouteMatch | None:
        """Return the route of a decoded path, or None if there is none."""
        route = self._exact.get(path)
        if route is not None:
            return RouteMatch(route, None)
        for pattern, route in self._templates:
            match = pattern.fullmatch(path)
            if match is not None:
                return RouteMatch(route, match["version"])
        return None
