"""The table of routes: exact paths before templates, and the version in a path."""

import pytest

from homestead.serving.routes import Route, RoutedRequest, RouteTable


def handle(request: RoutedRequest) -> None:
    raise AssertionError("not called")


def encode_error(status: int, reason: str, message: str) -> bytes:
    return message.encode()


TABLE = RouteTable(
    Route(method, path, handle, encode_error)
    for method, path in (
        ("GET", "/models/a.b/versions/{version}"),
        ("POST", "/models/a.b/versions/{version}:predict"),
        ("POST", "/models/a.b/versions/newest"),
    )
)


@pytest.mark.parametrize(
    ("path", "route_path", "version"),
    [
        ("/models/a.b/versions/newest", "/models/a.b/versions/newest", None),
        ("/models/a.b/versions/7", "/models/a.b/versions/{version}", "7"),
        ("/models/a.b/versions/7:predict", "/models/a.b/versions/{version}:predict", "7"),
        ("/models/a.b/versions/{version}", "/models/a.b/versions/{version}", "{version}"),
    ],
)
def test_an_exact_path_comes_before_templates(
    path: str, route_path: str, version: str | None
) -> None:
    match = TABLE.find(path)
    assert match is not None
    assert (match.route.path, match.version) == (route_path, version)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/models/a.b",
        "/models/axb/versions/7",
        "/models/a.b/versions/",
        "/models/a.b/versions/7/8",
    ],
)
def test_other_paths_have_no_route(path: str) -> None:
    assert TABLE.find(path) is None


def test_get_includes_head() -> None:
    match = TABLE.find("/models/a.b/versions/7")
    assert match is not None
    assert match.route.methods == ("GET", "HEAD")
