"""Rows of different requests that one run of the model predicts together."""

import asyncio
import logging
from collections.abc import Callable
from itertools import groupby, islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from homestead.model.onnx_model import Model
from homestead.serving.errors import RefusedError
from homestead.serving.limits import MAX_INLINE_ROWS

if TYPE_CHECKING:
    from homestead.serving.models.manager import LoadedModel

_LOG = logging.getLogger(__name__)

# Rows of model inputs, and what the model says of each: a value, or a probability a class.
InputRows = list[list[float]]
Predictions = list[Any]
BatchCallback = Callable[[Predictions | Exception], None]


class _Waiting(NamedTuple):
    by: "LoadedModel"
    table: InputRows
    done: BatchCallback


class Batcher:
    """Predicts what has come within one turn of the event loop: nobody waits for who comes later.

    What a run of the model costs beside its rows is shared, and the rows but the first find the
    trees in the processor's caches.
    """

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []

    def join(self, by: "LoadedModel", table: InputRows, done: BatchCallback) -> None:
        """Have a few rows predicted at the end of this turn; ``done`` gets values or the error."""
        self._waiting.append(_Waiting(by, table, done))
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self._run)

    async def predict(self, by: "LoadedModel", table: InputRows) -> Predictions:
        """As :meth:`join`, for coroutines."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Predictions | Exception] = loop.create_future()

        def done(values: Predictions | Exception) -> None:
            if not found.done():
                found.set_result(values)

        self.join(by, table, done)
        values = await found
        if isinstance(values, Exception):
            raise values
        return values

    def _run(self) -> None:
        waiting = self._waiting
        rows = number = 0
        for one in waiting:
            rows += len(one.table)
            if rows > MAX_INLINE_ROWS and number:
                break
            number += 1
        self._waiting = waiting[number:]
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._run)
        for by, group in groupby(islice(waiting, number), attrgetter("by")):
            _predict(by, list(group))


def _predict(by: "LoadedModel", group: list[_Waiting]) -> None:
    try:
        values = predict(by.model, [row for one in group for row in one.table])
    except Exception as error:
        if len(group) == 1:
            group[0].done(error)
        else:
            for one in group:
                # One's mistake is not another's.
                _predict(by, [one])
        return
    at = 0
    for one in group:
        try:
            one.done(values[at : at + len(one.table)])
        except Exception:
            # The others still wait for theirs.
            _LOG.exception("a prediction was not passed on")
        at += len(one.table)


def predict(model: Model, table: InputRows) -> Predictions:
    """What a model says of rows.

    Raises:
        RefusedError: 422, a row has no finite prediction.
    """
    found = model.predict(np.array(table, dtype=float))
    finite = np.isfinite(found)
    if not finite.all():
        row = int(np.argmin(finite.reshape(len(found), -1).all(axis=1)))
        raise RefusedError(422, "value", f"row {row}: the model has no finite value for it")
    values: Predictions = found.tolist()
    return values
