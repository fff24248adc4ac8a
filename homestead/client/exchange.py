"""Requests and their retries, without input or output: both clients run these steps.

Steps are generators: they yield a :class:`Call`, to be sent, or a :class:`Pause`, to be slept, and
get what came of it.
"""

import random
from collections.abc import Generator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

import httpx
import msgspec

from homestead.client.errors import (
    InvalidRequestError,
    NotServedError,
    OverCapacityError,
    ServerError,
    UnauthorizedError,
    UnavailableError,
    UnknownEntityError,
)

T = TypeVar("T")
# After an answer with one of these, or without an answer, a request is sent again.
_RETRIED = frozenset((408, 429, 502, 503, 504))
_OVER_CAPACITY = frozenset(("busy", "rate"))
_MAX_PAUSE_S = 30.0


class Call(NamedTuple):
    """An HTTP request.

    Attributes:
        url: absolute.
        token: sent as ``Authorization: Bearer``.
    """

    method: str
    url: str
    content: bytes = b""
    headers: Mapping[str, str] = {}
    token: str | None = None

    @property
    def all_headers(self) -> dict[str, str]:
        """The header lines to send."""
        headers = dict(self.headers)
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        if self.content:
            headers["content-type"] = "application/json"
        return headers


class Pause(NamedTuple):
    """A time to wait, in seconds."""

    seconds: float


# What a call came to, None after a pause.
Outcome = httpx.Response | httpx.TransportError | None
Steps = Generator[Call | Pause, Outcome, T]


class RetryPolicy(NamedTuple):
    """How often a request is sent again, and how long before.

    The pauses double, each drawn between its half and itself, so that clients do not come back all
    at once; a server's ``Retry-After`` counts if it is longer.

    Attributes:
        retries: how often at most.
        first_pause_s: before the first retry, in seconds.
    """

    retries: int = 3
    first_pause_s: float = 0.2

    def pause(self, number: int, retry_after_s: float | None) -> Pause:
        """Return the pause before a retry; ``number`` counts from 0."""
        longest = self.first_pause_s * 2**number
        # Not a secret.
        drawn = random.uniform(longest / 2, longest)  # noqa: S311
        return Pause(min(max(drawn, retry_after_s or 0.0), _MAX_PAUSE_S))


def exchange(call: Call, policy: RetryPolicy) -> Steps[httpx.Response]:
    """Send a request until it is answered, and return the successful response.

    Only for requests that may arrive twice: pages, and those that the server knows again.

    Raises:
        ServerError: the response is an error, or there is none after all retries.
    """
    for number in range(policy.retries + 1):
        outcome = yield call
        if isinstance(outcome, httpx.Response):
            if outcome.is_success:
                return outcome
            error = error_of(outcome)
            if outcome.status_code not in _RETRIED:
                raise error
        else:
            error = UnavailableError(f"{call.url}: no response: {_describe(outcome)}")
        if number < policy.retries:
            yield policy.pause(number, getattr(error, "retry_after_s", None))
    raise error


def error_of(response: httpx.Response) -> ServerError:
    """Return the error that a response stands for."""
    status = response.status_code
    message, reason = _message(response)
    if status in (401, 403):
        return UnauthorizedError(message, status, reason)
    if status == 404:
        kind = UnknownEntityError if reason == "entity" else NotServedError
        return kind(message, status, reason)
    if status in _RETRIED:
        over = status == 429 or reason in _OVER_CAPACITY
        kind_of_absence = OverCapacityError if over else UnavailableError
        return kind_of_absence(message, status, reason, _retry_after_s(response))
    if 400 <= status < 500 or status == 501:
        return InvalidRequestError(message, status, reason)
    return ServerError(message, status, reason)


def _message(response: httpx.Response) -> tuple[str, str]:
    """Return the text of an error and the server's word for it."""
    content: Any = None
    with suppress(msgspec.DecodeError):
        content = msgspec.json.decode(response.content)
    if isinstance(content, dict):
        status = content.get("status")
        if isinstance(status, dict):  # Seldon's form
            return str(status.get("info", "")), str(status.get("reason", ""))
        if "error" in content:
            return str(content["error"]), str(content.get("reason", ""))
    where = f"{response.request.method} {response.request.url}"
    return f"{where}: {response.status_code} {response.text[:200]}", ""


def _retry_after_s(response: httpx.Response) -> float | None:
    try:
        return float(response.headers["retry-after"])
    except (KeyError, ValueError):
        return None


def _describe(error: Exception | None) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
