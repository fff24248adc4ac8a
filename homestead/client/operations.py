"""What both clients do, as steps without input or output; see :mod:`homestead.client.exchange`."""

import re
import time
from collections.abc import Generator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from homestead.client.batches import (
    Batch,
    batch_of_row,
    batches_of_columns,
    batches_of_rows,
    frame_columns,
    new_key,
)
from homestead.client.errors import (
    InvalidRequestError,
    NotServedError,
    ServerError,
    UnavailableError,
)
from homestead.client.exchange import Call, Pause, RetryPolicy, Steps, exchange
from homestead.client.labels import labels_of, send_as_feedback, send_to_port
from homestead.client.results import (
    LabelResult,
    Prediction,
    Predictions,
    ServedModel,
    predictions_of,
)

# Rows of a request: predictions are quick, explanations are not.
_PREDICTED_ROWS, _EXPLAINED_ROWS = 5_000, 500
_READY_INTERVAL_S = 0.25
_ROW_PLACE = re.compile(r"row (\d+): ")
_UNKNOWN_FIELD = re.compile(r"unknown field '?([^';]+)'?")
_MISSING_FIELD = re.compile(r"missing fields? ([^,; ]+)")


class Server(NamedTuple):
    """Where requests are sent, and the token that they show."""

    url: str
    token: str | None


class Operations:
    """Predictions and pages of one server.

    Args:
        labels: the port of labels; None if outcomes are sent as feedback.
        policy: of the retries.
    """

    def __init__(self, server: Server, labels: Server | None, policy: RetryPolicy) -> None:
        self._server = server
        self._labels = labels
        self._policy = policy

    def predict(
        self, data: Any, version: str | None, interval: bool, request_id: str | None
    ) -> Steps[Any]:
        """Predict a row, rows or a frame; see :meth:`homestead.client.client.Client.predict`."""
        options = {"interval": interval}
        if not _is_frame(data):
            return (yield from self._mappings(data, _PREDICTED_ROWS, version, options, request_id))
        from homestead.client.frames import prediction_frame

        batches = list(batches_of_columns(frame_columns(data), len(data), _PREDICTED_ROWS))
        parts = yield from self._send(batches, version, options, request_id)
        return prediction_frame(parts, data.index)

    def explain(self, data: Any, version: str | None, request_id: str | None) -> Steps[Any]:
        """Explain a row, rows or a frame; see :meth:`homestead.client.client.Client.explain`."""
        options = {"explain": True}
        if not _is_frame(data):
            return (yield from self._mappings(data, _EXPLAINED_ROWS, version, options, request_id))
        from homestead.client.frames import contribution_frame

        batches = list(batches_of_columns(frame_columns(data), len(data), _EXPLAINED_ROWS))
        parts = yield from self._send(batches, version, options, request_id)
        return contribution_frame(parts, data.index)

    def models(self) -> Steps[list[ServedModel]]:
        """Return the served versions."""
        content = yield from self._page("/models")
        versions = content.pop("versions")
        return [msgspec.convert(content | version, ServedModel) for version in versions]

    def ready(self) -> Steps[bool]:
        """Return whether the server answers and has a model, without a retry."""
        call = Call("GET", f"{self._server.url}/v2/health/ready", token=self._server.token)
        try:
            yield from exchange(call, RetryPolicy(0))
        except ServerError:
            return False
        return True

    def wait_until_ready(self, timeout_s: float) -> Steps[None]:
        """Wait until the server answers and has a model.

        Raises:
            UnavailableError: it did not become ready in time.
        """
        deadline = time.monotonic() + timeout_s
        while not (yield from self.ready()):
            if time.monotonic() >= deadline:
                raise UnavailableError(f"{self._server.url}: not ready within {timeout_s:g} s")
            yield Pause(_READY_INTERVAL_S)

    def label(self, of: Any, truth: Any) -> Steps[list[LabelResult]]:
        """Send outcomes; see :meth:`homestead.client.client.Client.label`."""
        labels = labels_of(of, truth)
        if self._labels is None:
            return (yield from send_as_feedback(labels, *self._server, self._policy))
        (model, *_) = yield from self.models()
        return (yield from send_to_port(labels, *self._labels, model.target, self._policy))

    def _page(self, path: str) -> Steps[Any]:
        call = Call("GET", f"{self._server.url}{path}", token=self._server.token)
        response = yield from exchange(call, self._policy)
        return msgspec.json.decode(response.content)

    def _mappings(
        self,
        data: Any,
        size: int,
        version: str | None,
        options: Mapping[str, bool],
        request_id: str | None,
    ) -> Steps[Prediction | Predictions]:
        """Send a row, or rows in parts of ``size``."""
        if isinstance(data, Mapping):
            (part,) = yield from self._send([batch_of_row(data)], version, options, request_id)
            return predictions_of(part[1], 1)[0]
        if isinstance(data, str | bytes) or not isinstance(data, Sequence):
            raise InvalidRequestError(
                f"found {type(data).__name__}, allowed are a mapping of fields, a list of such rows"
                " and a pandas frame"
            )
        batches = list(batches_of_rows(data, size))
        parts = yield from self._send(batches, version, options, request_id)
        return Predictions(
            [row for batch, content in parts for row in predictions_of(content, batch.size)]
        )

    def _send(
        self,
        batches: Sequence[Batch],
        version: str | None,
        options: Mapping[str, bool],
        request_id: str | None,
    ) -> Generator[Any, Any, list[tuple[Batch, dict[str, Any]]]]:
        """Send requests one after the other, each under a key of its own."""
        path = "/predict"
        if version is not None:
            (served, *_) = yield from self.models()
            path = f"/models/{served.name}/versions/{version}/predict"
        query = "&".join(f"{name}=true" for name, is_set in options.items() if is_set)
        url = f"{self._server.url}{path}{'?' if query else ''}{query}"
        key, parts = request_id or new_key(), []
        for number, batch in enumerate(batches):
            name = key if len(batches) == 1 else f"{key}/{number}"
            call = Call("POST", url, batch.body, {"idempotency-key": name}, self._server.token)
            try:
                response = yield from exchange(call, self._policy)
            except (InvalidRequestError, NotServedError) as error:
                raise _placed(error, batch) from None
            parts.append((batch, msgspec.json.decode(response.content)))
        return parts


def _placed(error: ServerError, batch: Batch) -> ServerError:
    """Return the error with the row's position in what was given, and the field that it names."""
    if not isinstance(error, InvalidRequestError):
        return error
    message = str(error)
    match = _ROW_PLACE.match(message)
    rest = message[match.end() :] if match else message
    field = next((name for name in batch.fields if rest.startswith(f"{name}: ")), None)
    for pattern in (_UNKNOWN_FIELD, _MISSING_FIELD):
        if field is None and (found := pattern.match(rest)):
            field = found[1]
    row = batch.start + int(match[1]) if match else None
    if row is None and batch.size == 1 and error.reason not in ("json", "size"):
        row = batch.start
    place = f"row {row}: " if match else ""
    return type(error)(f"{place}{rest}", error.status, error.reason, row, field)


def _is_frame(data: Any) -> bool:
    """Return whether data is a frame of pandas, which is not imported for it."""
    return type(data).__module__.startswith("pandas.") and hasattr(data, "columns")
