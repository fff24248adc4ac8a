"""Application that takes messages by POST on one path, and answers after they are stored."""

import asyncio
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import sqlalchemy as sa

from homestead.database.failures import database_failure
from homestead.errors import UserError
from homestead.serving.http.application import JSON_HEADER, Responder
from homestead.serving.http.request import HttpRequest
from homestead.serving.intake.bearer_token import has_token

_LOG = logging.getLogger(__name__)
HEALTH_PATH = b"/healthz"


class IntakeApplication:
    """Hands each message to a function, one at a time, in a thread of its own.

    Implements :class:`homestead.serving.http.application.Application`.

    Args:
        path: where messages are posted.
        token: that each message must bear.
        receive: stores a message, given its body, and returns what the sender gets as JSON. It
            raises a UserError for one that is wrong, and an SQLAlchemyError while it cannot be
            stored: the sender is told to try again.
    """

    def __init__(self, path: str, token: str, receive: Callable[[bytes], Any]) -> None:
        self.draining = False
        self._path, self._token, self._receive = path.encode(), token.encode(), receive
        self._thread = ThreadPoolExecutor(1, "intake")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    def __call__(self, request: HttpRequest, respond: Responder) -> None:
        """Respond to one HTTP request, now or later."""
        path = request.target.partition(b"?")[0]
        if path == HEALTH_PATH:
            respond(200, b'{"status": "ok"}\n')
        elif path != self._path:
            _refuse(respond, 404, f"messages are taken at {self._path.decode()}")
        elif request.method != b"POST":
            _refuse(respond, 405, "allowed is POST", b"allow: POST\r\n")
        elif not has_token(request, self._token):
            challenge = b'www-authenticate: Bearer realm="homestead"\r\n'
            _refuse(respond, 401, "the header Authorization: Bearer lacks the token", challenge)
        elif request.body_error is not None:
            _refuse(respond, request.body_error.status, request.body_error.message)
        else:
            loop = asyncio.get_running_loop()
            stored = loop.run_in_executor(self._thread, self._receive, request.body)
            stored.add_done_callback(lambda done: _answer(done, respond))

    def count_response(self, request: HttpRequest, status: int) -> None:
        """Count nothing: these are not the problem's requests."""


def _answer(stored: "asyncio.Future[Any]", respond: Responder) -> None:
    error = asyncio.CancelledError() if stored.cancelled() else stored.exception()
    if error is None:
        respond(200, json.dumps(stored.result()).encode() + b"\n")
    elif isinstance(error, sa.exc.SQLAlchemyError):
        _LOG.warning("a message cannot be stored now: %s", database_failure(error) or error)
        _refuse(respond, 503, "the message cannot be stored now; send it again")
    elif isinstance(error, UserError):
        _LOG.warning("a message is refused: %s", error)
        _refuse(respond, 400, str(error))
    else:
        _LOG.error("a message failed", exc_info=error)
        _refuse(respond, 500, "the message could not be processed")


def _refuse(respond: Responder, status: int, message: str, headers: bytes = b"") -> None:
    respond(status, json.dumps({"error": message}).encode() + b"\n", JSON_HEADER + headers)
