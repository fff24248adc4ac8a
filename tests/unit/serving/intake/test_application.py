"""A port that takes messages: who may send them, and what a sender is told."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from homestead.errors import UserError
from homestead.serving.intake.application import IntakeApplication
from tests.http_wire import http_request

TOKEN = [(b"Authorization", b"Bearer s3cret")]


def post(
    body: bytes = b"{}",
    receive: Callable[[bytes], Any] = lambda _: {"stored": 1},
    method: bytes = b"POST",
    target: bytes = b"/alerts",
    headers: list[tuple[bytes, bytes]] = TOKEN,
) -> tuple[int, dict[str, Any]]:
    async def run() -> tuple[int, bytes]:
        response: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()
        with IntakeApplication("/alerts", "s3cret", receive) as application:
            application(
                http_request(body, method, target, headers),
                lambda status, content, *_: response.set_result((status, content)),
            )
            return await response

    status, content = asyncio.run(run())
    return status, json.loads(content)


def test_a_message_is_answered_after_it_is_stored() -> None:
    stored: list[bytes] = []

    def receive(body: bytes) -> dict[str, int]:
        stored.append(body)
        return {"stored": len(stored)}

    status, content = post(b'{"a": 1}', receive)
    assert (status, content, stored) == (200, {"stored": 1}, [b'{"a": 1}'])


@pytest.mark.parametrize(
    "headers", [[], [(b"Authorization", b"Bearer wrong")], [(b"Authorization", b"s3cret")]]
)
def test_without_the_token_nothing_is_stored(headers: list[tuple[bytes, bytes]]) -> None:
    stored: list[bytes] = []
    status, content = post(receive=stored.append, headers=headers)
    assert (status, stored) == (401, [])
    assert "Authorization" in content["error"]


def test_other_paths_and_methods_are_refused() -> None:
    assert post(target=b"/other")[0] == 404
    assert post(method=b"GET")[0] == 405
    # A probe has no token.
    assert post(method=b"GET", target=b"/healthz", headers=[]) == (200, {"status": "ok"})


def failing(error: Exception) -> Callable[[bytes], Any]:
    def receive(_: bytes) -> Any:
        raise error

    return receive


@pytest.mark.parametrize(
    ("error", "status"),
    [
        # The sender would only be refused again.
        (UserError("alerts: no JSON"), 400),
        # The sender tries again.
        (sa.exc.OperationalError("x", {}, Exception("database is locked")), 503),
        (ValueError("unexpected"), 500),
    ],
)
def test_what_went_wrong_decides_whether_the_sender_tries_again(
    error: Exception, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert post(receive=failing(error))[0] == status
    assert caplog.records
