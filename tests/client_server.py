"""A server for the tests of the clients: scripted responses, and the requests that it got."""

from collections.abc import Callable, Sequence
from typing import Any

import httpx
import msgspec

IDS = {"prediction_id": "p-1", "model_version": "3", "digest": "d" * 64}
MODELS = {
    "name": "homes",
    "task": "regression",
    "target": "price",
    "unit": "EUR",
    "classes": [],
    "key": ["id"],
    "fields": ["id", "area"],
    "versions": [{"version": "3", "role": "champion", "digest": "d" * 64, "share": 1.0}],
}

Answer = tuple[int, Any] | Exception


class ScriptedServer:
    """Answers requests in order, the last answer again and again.

    Attributes:
        requests: those that arrived.
        bodies: their JSON, None without one.
    """

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.bodies: list[Any] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.bodies.append(msgspec.json.decode(request.content) if request.content else None)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        headers = {"retry-after": "0"} if answer[0] == 503 else {}
        return httpx.Response(answer[0], json=answer[1], headers=headers)

    async def later(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of the asynchronous client."""
        return self(request)

    @property
    def keys(self) -> list[str | None]:
        """The Idempotency-Key of each request."""
        return [request.headers.get("idempotency-key") for request in self.requests]


def echo_rows(request: httpx.Request) -> httpx.Response:
    """Answer predictions: the area of each row."""
    body = msgspec.json.decode(request.content)
    if isinstance(body, list):
        rows: Sequence[Any] = [{"prediction": row["area"]} for row in body]
        return httpx.Response(200, json={"predictions": rows, **IDS})
    if isinstance(body["area"], list):
        return httpx.Response(200, json={"predictions": body["area"], **IDS})
    return httpx.Response(200, json={"prediction": body["area"], **IDS})


def transport(handler: Callable[[httpx.Request], httpx.Response]) -> httpx.MockTransport:
    """Return a transport of httpx to a server in this process."""
    return httpx.MockTransport(handler)
