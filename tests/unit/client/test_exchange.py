"""Retries and errors, step by step."""

from typing import Any

import httpx
import pytest

from homestead.client.errors import (
    InvalidRequestError,
    NotServedError,
    OverCapacityError,
    ServerError,
    UnauthorizedError,
    UnavailableError,
    UnknownEntityError,
)
from homestead.client.exchange import Call, Pause, RetryPolicy, error_of, exchange

CALL = Call("POST", "http://homes/predict", b"{}", {"idempotency-key": "a"}, "secret")


def response(status: int, content: Any = None, **headers: str) -> httpx.Response:
    request = httpx.Request("POST", CALL.url)
    if isinstance(content, str):
        return httpx.Response(status, text=content, request=request, headers=headers)
    return httpx.Response(status, json=content, request=request, headers=headers)


def test_a_call_is_repeated_after_pauses_that_grow() -> None:
    steps = exchange(CALL, RetryPolicy(3, 1.0))
    assert next(steps) is CALL
    pauses = []
    for outcome in (httpx.ReadError("cut"), response(502, "bad gateway"), response(503, {})):
        pause = steps.send(outcome)
        assert isinstance(pause, Pause)
        pauses.append(pause.seconds)
        assert steps.send(None) is CALL
    assert all(low / 2 <= pause <= low for pause, low in zip(pauses, (1, 2, 4), strict=True))
    with pytest.raises(StopIteration) as end:
        steps.send(response(200, {}))
    assert end.value.value.status_code == 200


def test_the_server_says_how_long_to_wait_within_reason() -> None:
    policy = RetryPolicy(1, 0.1)
    assert policy.pause(0, 7.0).seconds == 7.0
    assert policy.pause(0, 3600.0).seconds == 30.0


@pytest.mark.parametrize(
    ("status", "content", "kind", "message"),
    [
        (400, {"error": "area: found 9", "reason": "range"}, InvalidRequestError, "area: found 9"),
        (400, {"status": {"info": "x", "reason": "type"}}, InvalidRequestError, "x"),
        (413, "too large", InvalidRequestError, "413 too large"),
        (501, {"error": "no contributions"}, InvalidRequestError, "no contributions"),
        (404, {"error": "7: unknown", "reason": "entity"}, UnknownEntityError, "7: unknown"),
        (404, {"error": "version '7'", "reason": "version"}, NotServedError, "version '7'"),
        (401, {"error": "token"}, UnauthorizedError, "token"),
        (403, "no", UnauthorizedError, "403 no"),
        (429, {"error": "limited"}, OverCapacityError, "limited"),
        (503, {"error": "8 requests", "reason": "busy"}, OverCapacityError, "8 requests"),
        (503, {"error": "no model", "reason": "model"}, UnavailableError, "no model"),
        (500, {"error": "internal"}, ServerError, "internal"),
    ],
)
def test_each_status_has_its_error(
    status: int, content: Any, kind: type[ServerError], message: str
) -> None:
    error = error_of(response(status, content))
    assert type(error) is kind
    assert message in str(error)
    assert error.status == status


def test_a_refused_request_is_not_repeated() -> None:
    steps = exchange(CALL, RetryPolicy(3))
    next(steps)
    with pytest.raises(InvalidRequestError):
        steps.send(response(400, {"error": "area: found 9"}))


def test_headers_hold_key_token_and_type() -> None:
    assert CALL.all_headers == {
        "idempotency-key": "a",
        "authorization": "Bearer secret",
        "content-type": "application/json",
    }
    assert Call("GET", CALL.url).all_headers == {}
