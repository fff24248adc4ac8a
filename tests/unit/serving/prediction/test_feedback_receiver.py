"""Feedback from body to acknowledgement, and where a large body is decoded."""

import json
import threading
from http import HTTPStatus
from typing import Any

import msgspec
import pytest

from homestead.serving.http.request import Rejection
from homestead.serving.prediction import feedback_receiver
from homestead.serving.protocols import feedback, seldon
from homestead.serving.protocols.feedback import decode_feedback
from homestead.serving.request_limits import MAX_INLINE_BODY_BYTES, MAX_ROWS
from homestead.settings import Settings
from tests.http_wire import http_request
from tests.small_models import SmallServer, release, save_version


@pytest.fixture
def server(settings: Settings) -> SmallServer:
    release(settings, save_version(settings.home, "1"))
    return SmallServer(settings)


@pytest.fixture
def decoded_in(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Return for each message whether it was decoded in the event loop's thread."""
    found = []

    def decode(*arguments: Any) -> Any:
        found.append(threading.current_thread() is threading.main_thread())
        return decode_feedback(*arguments)

    monkeypatch.setattr(feedback_receiver, "decode_feedback", decode)
    return found


def message(truths: int, **more: Any) -> dict[str, Any]:
    named = {"response": {"meta": {"tags": {"prediction_id": "a"}}}}
    return {**named, "truth": {"data": {"ndarray": [[123456.75]] * truths}}, **more}


def test_a_message_is_logged_under_the_predictions_id(
    server: SmallServer, decoded_in: list[bool]
) -> None:
    example = feedback.schemas(server.manager.served.models[0].contract).example
    status, content = server.send_feedback(example)
    assert status == 200
    (entry,) = server.entries()
    assert entry["kind"] == "feedback"
    assert entry["id"] == content["meta"]["tags"]["feedback_id"]
    assert entry["truth"] == [1.0]
    assert server.value("homestead_feedback_total") == 1
    assert decoded_in == [True]


def test_a_large_message_is_decoded_beside_the_event_loop(
    server: SmallServer, decoded_in: list[bool]
) -> None:
    status, content = server.send_feedback(message(MAX_ROWS))
    assert status == 200, content
    (entry,) = server.entries()
    assert entry["id"] == content["meta"]["tags"]["feedback_id"]
    assert entry["truth"] == [123456.75] * MAX_ROWS
    assert server.value("homestead_feedback_total") == 1
    assert decoded_in == [False]


@pytest.mark.parametrize("padding", [0, MAX_INLINE_BODY_BYTES])
def test_a_mistake_is_refused_in_seldons_form(
    server: SmallServer, decoded_in: list[bool], padding: int
) -> None:
    status, content = server.send_feedback(message(1, reward="x", strData=" " * padding))
    assert status == 400
    text = "reward: found 'x', allowed is a number"
    assert content == json.loads(seldon.encode_error(400, "type", text))
    assert server.entries() == []
    assert decoded_in == [not padding]


def test_large_messages_are_bounded_by_their_rows_too(settings: Settings) -> None:
    release(settings, save_version(settings.home, "1"))
    server = SmallServer(settings.model_copy(update={"feedback_rows_per_s": 1.0}))
    assert server.send_feedback(message(MAX_ROWS))[0] == 200
    status, content = server.send_feedback(message(MAX_ROWS))
    assert (status, content["status"]["info"]) == (429, "feedback is limited to 1 rows per second")
    assert len(server.entries()) == 1


def test_a_large_message_needs_the_token_before_it_is_decoded(
    settings: Settings, decoded_in: list[bool]
) -> None:
    release(settings, save_version(settings.home, "1"))
    server = SmallServer(settings.model_copy(update={"feedback_token": "s3cret"}))
    assert server.send_feedback(message(MAX_ROWS))[0] == 401
    assert decoded_in == []


def test_a_large_message_whose_client_is_gone_is_not_logged(server: SmallServer) -> None:
    request = http_request(json.dumps(message(MAX_ROWS)).encode())
    request.client.leave()
    assert server.send_feedback(request)[0] == 408
    assert server.entries() == []


def test_a_body_that_http_could_not_read_is_refused(server: SmallServer) -> None:
    error = Rejection(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "size", "too large")
    request = msgspec.structs.replace(http_request(), body_error=error)
    status, content = server.send_feedback(request)
    assert (status, content["status"]["info"]) == (413, "too large")


def test_without_a_release_there_is_nothing_to_say(settings: Settings) -> None:
    assert SmallServer(settings, is_released=False).send_feedback({})[0] == 503


def test_a_message_that_names_no_prediction_is_counted_and_not_logged(
    server: SmallServer,
) -> None:
    assert server.send_feedback({"reward": 0.5}) == (200, {"meta": {}})
    assert server.entries() == []
    assert server.value("homestead_feedback_total") == 1
