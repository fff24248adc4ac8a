"""Sizes of requests: what is refused, and what is computed beside the event loop."""

import pytest

from homestead.serving.request_limits import MAX_INLINE_ROWS, MAX_ROWS
from homestead.settings import Settings
from tests.small_models import SMALL_ROW, SmallServer, release, save_version


@pytest.fixture
def server(settings: Settings) -> SmallServer:
    release(settings, save_version(settings.home, "1"))
    return SmallServer(settings)


@pytest.mark.parametrize("count", [MAX_INLINE_ROWS, MAX_INLINE_ROWS + 1, 3 * MAX_INLINE_ROWS])
def test_large_requests_get_the_same_predictions(server: SmallServer, count: int) -> None:
    # The last row is no case for the fast path: an integer written as a float.
    rows = [SMALL_ROW] * (count - 1) + [{"area": 90, "rooms": 4.0}]
    expected = [[83.0]] * (count - 1) + [[94.0]]
    for content in (
        {"jsonData": rows},
        {"data": {"ndarray": [list(row.values()) for row in rows]}},
        {"data": {"names": ["area", "rooms"], "ndarray": [list(row.values()) for row in rows]}},
    ):
        status, answer = server.post(content)
        assert status == 200, answer
        assert answer["data"]["ndarray"] == expected


def test_a_mistake_in_a_large_request_is_named(server: SmallServer) -> None:
    rows = [SMALL_ROW] * MAX_INLINE_ROWS + [{"area": 9, "rooms": 3}]
    status, content = server.post({"jsonData": rows})
    assert status == 400
    assert content["status"]["info"] == "row 200: area: found 9, allowed is 10 to 500"


@pytest.mark.parametrize(
    "content", [{"jsonData": [{}] * (MAX_ROWS + 1)}, {"data": {"ndarray": [[]] * (MAX_ROWS + 1)}}]
)
def test_too_many_rows_are_refused(server: SmallServer, content: dict[str, object]) -> None:
    status, answer = server.post(content)
    assert status == 413
    assert answer["status"]["info"] == "found 10001 rows, allowed are up to 10000"
