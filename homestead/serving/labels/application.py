"""The application on the port of labels: takes batches of outcomes, and answers for each row."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import msgspec
import pandas as pd
import sqlalchemy as sa

from homestead.errors import UserError
from homestead.prediction_log.labels.add import AddedLabels, add_labels
from homestead.prediction_log.labels.parse import parse_labels
from homestead.prediction_log.parquet.log import log_source
from homestead.problem.schema import Problem
from homestead.serving.errors import RefusedError
from homestead.serving.http.application import JSON_HEADER, Responder
from homestead.serving.http.request import HttpRequest
from homestead.serving.intake.bearer_token import has_token
from homestead.serving.request_limits import MAX_ROWS
from homestead.settings import Settings

_LOG = logging.getLogger(__name__)
_PATH = b"/labels"
_LIVE_PATH, _READY_PATH = b"/health/live", b"/health/ready"
_GET = (b"GET", b"HEAD")
_OK = b'{"status":"ok"}'
_SOURCE = "api"
# What a row of a request is called in messages, before its number.
_PLACE = "label"


class LabelsApplication:
    """Joins the labels of requests, one request at a time, in a thread of its own.

    A request is answered after its labels are committed: all of them, or none if it fails.

    Implements :class:`homestead.serving.http.application.Application`.
    """

    def __init__(self, problem: Problem, settings: Settings, engine: sa.Engine) -> None:
        """Prepare to take labels.

        Raises:
            UserError: no token is set.
        """
        if not settings.labels_token:
            raise UserError(
                "HOMESTEAD_LABELS_TOKEN: not set, allowed is the secret text that senders of labels"
                " must show"
            )
        self.draining = False
        self._problem = problem
        self._settings = settings
        self._token = settings.labels_token.encode()
        self._engine = engine
        self._log = log_source(engine, settings.log_uri)
        self._thread = ThreadPoolExecutor(1, "labels")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    def __call__(self, request: HttpRequest, respond: Responder) -> None:
        """Respond to one HTTP request, now or later."""
        path = request.target.partition(b"?")[0]
        if path == _LIVE_PATH and request.method in _GET:
            respond(200, _OK)
        elif path == _READY_PATH and request.method in _GET:
            self._respond_later(self._check_database, respond)
        elif path != _PATH:
            _refuse(respond, RefusedError(404, "path", "labels are taken at POST /labels"))
        elif request.method != b"POST":
            _refuse(respond, RefusedError(405, "method", "allowed is POST", b"allow: POST\r\n"))
        else:
            try:
                self._check_token(request)
                rows = decode_rows(request.body)
            except RefusedError as error:
                _refuse(respond, error)
                return
            self._respond_later(lambda: self._add(rows), respond)

    def count_response(self, request: HttpRequest, status: int) -> None:
        """Count nothing: what became of labels is in the database."""

    def _check_token(self, request: HttpRequest) -> None:
        if not has_token(request, self._token):
            raise RefusedError(
                401,
                "token",
                "labels need the header Authorization: Bearer with the token of this port",
                b'www-authenticate: Bearer realm="labels"\r\n',
            )

    def _respond_later(self, work: Callable[[], bytes], respond: Responder) -> None:
        result = asyncio.get_running_loop().run_in_executor(self._thread, work)
        result.add_done_callback(lambda done: _send(done, respond))

    def _check_database(self) -> bytes:
        with self._engine.connect() as connection:
            connection.execute(sa.select(1))
        return _OK

    def _add(self, rows: list[dict[str, Any]]) -> bytes:
        table = pd.DataFrame(rows, dtype=object).rename_axis(_PLACE)
        parsed = parse_labels(
            table,
            self._problem,
            log_key=self._settings.log_key,
            source=_SOURCE,
            received_at=time.time(),
        )
        added = add_labels(self._log, self._problem, parsed.batch, with_results=True)
        results = answers(added, table, self._problem.target)
        counts: dict[str, int] = {}
        for result in results:
            counts[result["status"]] = counts.get(result["status"], 0) + 1
        return msgspec.json.encode({"counts": counts, "labels": results})


def decode_rows(body: bytes | memoryview) -> list[dict[str, Any]]:
    """Return the labels of a request's body: an object, a list of them, or a list in ``labels``.

    Raises:
        RefusedError: the body is none of these, or holds too many labels.
    """
    try:
        content = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusedError(400, "json", f"the body is not JSON: {error}") from None
    if isinstance(content, dict):
        content = content.get("labels", [content])
    if not isinstance(content, list) or not all(isinstance(row, dict) for row in content):
        raise RefusedError(
            400, "shape", "allowed is a list of objects, such as {prediction_id: ..., target: ...}"
        )
    if not content:
        raise RefusedError(400, "shape", "found no label, allowed is at least one")
    if len(content) > MAX_ROWS:
        raise RefusedError(413, "size", f"found {len(content)} labels, allowed are {MAX_ROWS}")
    for number, row in enumerate(content):
        for name, value in row.items():
            if isinstance(value, dict | list):
                raise RefusedError(
                    400, "type", f"{_PLACE} {number}: {name}: allowed is a single value"
                )
    return content


def answers(added: AddedLabels, table: pd.DataFrame, target: str) -> list[dict[str, Any]]:
    """Return what became of each row of a request, in order.

    Each has a ``status``: ``joined`` (in place of an earlier value: ``corrected``), ``known`` (it
    says nothing new), ``waiting`` or ``quarantined``; the last two with a ``reason``.
    """
    found = {str(result.place): result for result in added.results}
    rows: list[dict[str, Any]] = []
    for number, value in enumerate(table[target]):
        result = found.get(f"{_PLACE} {number}")
        if result is None:
            # Another row of the request says the same, or this one says nothing.
            lacks = pd.isna(value) or value == ""
            reason = {"reason": f"{target}: missing"} if lacks else {}
            rows.append({"status": "quarantined" if lacks else "known", **reason})
            continue
        verdict = result.verdict
        status = "corrected" if verdict == "corrected" else "joined" if verdict.counts else "known"
        if verdict.waits or verdict.is_quarantined:
            status = "waiting" if verdict.waits else "quarantined"
        row = {
            "status": status,
            "prediction_id": result.prediction_id,
            "row": result.row,
            "kind": verdict.value if result.reason else None,
            "reason": result.reason,
        }
        rows.append({name: item for name, item in row.items() if item is not None})
    return rows


def _send(done: "asyncio.Future[bytes]", respond: Responder) -> None:
    error = asyncio.CancelledError() if done.cancelled() else done.exception()
    if error is None:
        respond(200, done.result())
    elif isinstance(error, UserError) and not isinstance(error, sa.exc.SQLAlchemyError):
        _refuse(respond, RefusedError(400, "labels", str(error)))
    elif isinstance(error, sa.exc.SQLAlchemyError | asyncio.CancelledError):
        _LOG.warning("labels: not written: %s", str(error).partition("\n")[0])
        message = "the labels cannot be written now, and none was; send them again"
        _refuse(respond, RefusedError(503, "database", message, b"retry-after: 5\r\n"))
    else:
        _LOG.error("labels: request failed", exc_info=error)
        _refuse(respond, RefusedError(500, "internal", "internal error; no label was written"))


def _refuse(respond: Responder, error: RefusedError) -> None:
    content = msgspec.json.encode({"error": str(error), "reason": error.reason})
    respond(error.status, content, JSON_HEADER + error.headers)
