"""Requests that are sent again with the same key: one prediction, one row in the log."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.prediction_log.entries import PredictionEntry
from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.tables import PREDICTIONS
from homestead.serving.errors import RefusedError
from homestead.serving.http.application import JSON_HEADER
from homestead.serving.http.request import HttpRequest
from homestead.serving.prediction.repeated_requests import RepeatedRequests
from homestead.settings import Settings
from tests.http_wire import http_request
from tests.small_models import SMALL_ROW, SmallServer, release, save_version

Answers = list[tuple[int, bytes]]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def request(key: str, body: bytes = b"{}", target: bytes = b"/predict") -> HttpRequest:
    return http_request(body, target=target, headers=[(b"Idempotency-Key", key.encode())])


def collect(answers: Answers) -> Any:
    def respond(status: int, content: bytes, headers: bytes = JSON_HEADER) -> None:
        answers.append((status, content))

    return respond


def claims(repeated: RepeatedRequests, requests: Sequence[HttpRequest]) -> list[Any]:
    return [repeated.claim(one, None, collect([])) for one in requests]


def test_a_repeated_request_gets_the_kept_response(settings: Settings) -> None:
    repeated, answers = RepeatedRequests(settings), Answers()
    claimed = repeated.claim(request("a"), None, collect(answers))
    assert claimed is not None
    assert repeated.claim(request("a"), None, collect(answers)) is None  # while in progress
    assert answers == []
    claimed(200, b"82")
    assert answers == [(200, b"82")] * 2
    assert repeated.claim(request("a"), None, collect(answers)) is None
    assert answers == [(200, b"82")] * 3


def test_a_request_that_failed_is_tried_anew(settings: Settings) -> None:
    repeated, answers = RepeatedRequests(settings), Answers()
    first = repeated.claim(request("a"), None, collect(answers))
    assert first is not None
    first(503, b"away")
    again = repeated.claim(request("a"), None, collect(answers))
    assert again is not None
    assert again.prediction_id == first.prediction_id
    assert answers == [(503, b"away")]


def test_ids_are_the_same_on_each_server_with_the_secret_and_differ_otherwise(
    settings: Settings,
) -> None:
    first = claims(RepeatedRequests(settings), [request("a")])[0]
    other = claims(RepeatedRequests(settings), [request("a")])[0]
    assert first.prediction_id == other.prediction_id
    assert len(first.prediction_id) == 33
    int(first.prediction_id, 16)
    keyed = RepeatedRequests(settings.model_copy(update={"log_key": "other" * 20}))
    found = claims(keyed, [request("a"), request("b"), request("a", b"[]")])
    version = keyed.claim(request("a"), "2", collect([]))
    assert version is not None
    ids = {one.prediction_id for one in (*found, version, first)}
    assert len(ids) == 5


def test_a_target_has_its_own_form_of_the_same_prediction(settings: Settings) -> None:
    repeated = RepeatedRequests(settings)
    one, explained = claims(repeated, [request("a"), request("a", target=b"/predict?explain=true")])
    assert one.prediction_id == explained.prediction_id


def test_the_time_of_a_uuid_of_version_7_begins_the_id(settings: Settings) -> None:
    key = UUID(int=(1_760_000_000_123 << 80) | (7 << 76) | (2 << 62) | 5)
    (claimed,) = claims(RepeatedRequests(settings), [request(str(key))])
    assert int(claimed.prediction_id[:13], 16) == 1_760_000_000_123_000


def test_old_and_large_responses_are_forgotten(settings: Settings) -> None:
    clock = Clock()
    repeated = RepeatedRequests(settings, clock)
    for key in ("a", "b", "c"):
        (claimed,) = claims(repeated, [request(key)])
        claimed(200, b"x" * 7_000_000)
    assert claims(repeated, [request("c"), request("b")]) == [None, None]
    (forgotten,) = claims(repeated, [request("a")])
    assert forgotten is not None
    clock.now = 601
    assert None not in claims(repeated, [request("b"), request("c")])


@pytest.mark.parametrize("key", ["", "a" * 201, "\x01"])
def test_a_key_that_is_none_is_refused(settings: Settings, key: str) -> None:
    with pytest.raises(RefusedError, match="Idempotency-Key: found"):
        claims(RepeatedRequests(settings), [request(key)])


def test_the_log_names_a_repeated_request_once_and_by_its_key(settings: Settings) -> None:
    release(settings, save_version(settings.home, "1"))
    server, other = SmallServer(settings), SmallServer(settings)
    body = b'{"jsonData": {"area": 80, "rooms": 3}}'
    responses = [one.post(request("mine", body)) for one in (server, server, other)]
    assert {status for status, _ in responses} == {200}
    assert responses[0] == responses[1]
    (entry,) = {(entry["id"], entry["request_id"]) for entry in server.entries()}
    assert entry == (responses[0][1]["meta"]["tags"]["prediction_id"], "mine")
    # The other server's line has the same name, so that the database takes it once.
    lines = [msgspec.convert(entry, PredictionEntry) for entry in server.entries()]
    assert len(lines) == 2
    engine = open_database(settings.database_url)
    assert insert_lines(engine, lines) == []
    with engine.connect() as connection:
        rows = connection.execute(sa.select(PREDICTIONS.c.prediction_id)).scalars().all()
    engine.dispose()
    assert rows == [entry[0]]
    assert server.value("homestead_predictions_total", version="1") == 1
    assert server.post({"jsonData": SMALL_ROW})[1]["meta"]["puid"] != "mine"
