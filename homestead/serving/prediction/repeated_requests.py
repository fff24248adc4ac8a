"""Requests with an ``Idempotency-Key``: sent again, they are answered and logged once.

A client whose connection broke cannot know whether it was answered. It sends the request again
with the same key and body. Such requests have one prediction id, made from both, on any server that
they reach: the prediction log, whose rows are named by it, keeps the first. The server that has
answered before also keeps the response for a while, so that the repeated request gets the same
values. The same key with another body is another request.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from uuid import UUID

from homestead.serving.errors import RefusedError
from homestead.serving.http.application import JSON_HEADER, Responder
from homestead.serving.http.request import HttpRequest
from homestead.serving.protocols.json_body import parse_request_id
from homestead.settings import Settings

# How long responses are kept, and how much of them.
_KEEP_S = 600.0
_MAX_KEPT_BYTES = 16 * 1024 * 1024
# Digits of an id: microseconds since 1970, and 80 bits.
_TIME_DIGITS, _OTHER_DIGITS = 13, 20
_UUID_OF_TIME = 7

_Name = tuple[str, bytes]


class RepeatableResponse:
    """Responds to a request, and to those that repeat it.

    Attributes:
        key: the client's key.
        prediction_id: id of the prediction, whichever server makes it.
    """

    def __init__(
        self, key: str, prediction_id: str, finish: Callable[[int, bytes, bytes], None]
    ) -> None:
        self.key = key
        self.prediction_id = prediction_id
        self._finish = finish

    def __call__(self, status: int, content: bytes, headers: bytes = JSON_HEADER) -> None:
        """Respond with a status, content and complete header lines."""
        self._finish(status, content, headers)


class _Entry:
    """A request in progress, or its response."""

    def __init__(self, respond: Responder) -> None:
        self.waiting = [respond]
        self.response: tuple[bytes, bytes] | None = None
        self.answered_at = 0.0


class RepeatedRequests:
    """Knows the requests with a key that are in progress or were answered lately."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._secret = hashlib.sha256(settings.log_key.encode()).digest()
        self._clock = clock
        # In the order of their arrival.
        self._entries: OrderedDict[_Name, _Entry] = OrderedDict()
        self._kept_bytes = 0

    def claim(
        self, http: HttpRequest, version: str | None, respond: Responder
    ) -> RepeatableResponse | None:
        """Return what responds to a request with a key.

        Returns:
            None if the request repeats another one: it was answered, or will be with that one.

        Raises:
            RefusedError: 400, the key is not a short printable text.
        """
        key = parse_request_id((http.idempotency_key or b"").decode("latin-1"), "Idempotency-Key")
        if key is None:
            raise RefusedError(400, "type", "Idempotency-Key: found nothing, allowed is a text")
        self._forget_old()
        prediction_id = self._prediction_id(key, version, http.body)
        name = (prediction_id, http.target)
        entry = self._entries.get(name)
        if entry is None:
            self._entries[name] = _Entry(respond)
            return RepeatableResponse(
                key, prediction_id, lambda *response: self._finish(name, *response)
            )
        if entry.response is None:
            entry.waiting.append(respond)
        else:
            respond(200, *entry.response)
        return None

    def shadow_id(self, prediction_id: str) -> str:
        """Return the id of the shadow of a repeatable prediction: also the same each time."""
        text = hashlib.blake2b(prediction_id.encode(), key=self._secret).hexdigest()
        return prediction_id[:_TIME_DIGITS] + text[:_OTHER_DIGITS]

    def _prediction_id(self, key: str, version: str | None, body: bytes) -> str:
        """Return an id that only who knows the key, the body and the server's secret can tell.

        It begins with the time of a key that is a UUID of version 7, so that ids in a database's
        index are sorted by time.
        """
        digest = hashlib.blake2b(key=self._secret)
        for part in (key.encode(), (version or "").encode(), body):
            digest.update(b"%d:" % len(part))
            digest.update(part)
        text = digest.hexdigest()
        return f"{_time_digits(key) or text[-_TIME_DIGITS:]}{text[:_OTHER_DIGITS]}"

    def _finish(self, name: _Name, status: int, content: bytes, headers: bytes) -> None:
        entry = self._entries[name]
        if status == 200:
            entry.response, entry.answered_at = (content, headers), self._clock()
            self._kept_bytes += len(content)
        else:  # a request that failed may succeed when it is sent again
            del self._entries[name]
        waiting, entry.waiting = entry.waiting, []
        for respond in waiting:
            respond(status, content, headers)
        self._forget_old()

    def _forget_old(self) -> None:
        """Forget responses of long ago, and more where they take too much space."""
        limit = self._clock() - _KEEP_S
        # No walk through all that is kept: this runs with each request.
        while (oldest := self._oldest_response()) is not None:
            name, content, answered_at = oldest
            if answered_at > limit and self._kept_bytes <= _MAX_KEPT_BYTES:
                return
            del self._entries[name]
            self._kept_bytes -= len(content)

    def _oldest_response(self) -> tuple[_Name, bytes, float] | None:
        """Return name, content and time of the first request that was answered."""
        for name, entry in self._entries.items():
            if entry.response is not None:
                return name, entry.response[0], entry.answered_at
        return None


def _time_digits(key: str) -> str | None:
    """Return the digits of a key's time, None if it is not a UUID of version 7."""
    try:
        uuid = UUID(key)
    except ValueError:
        return None
    if uuid.version != _UUID_OF_TIME:
        return None
    return f"{(uuid.int >> 80) * 1000:013x}"
