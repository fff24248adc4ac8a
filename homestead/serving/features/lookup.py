"""Batched, non-blocking reads from the online store.

Requests that wait at the same time share one read. What a request does with the values is a
generator that yields the entities it needs: it goes on where the store's reply arrives, without a
task of its own.
"""

import asyncio
import logging
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from homestead.features.online_reader import row_reader
from homestead.features.stored_rows import EncodedEntity, Entity, RowResult
from homestead.problem.contract import Contract
from homestead.serving.errors import RefusedError, StoreUnavailableError
from homestead.serving.features.circuit_breaker import CircuitBreaker
from homestead.serving.features.lookup_steps import (
    TIMERS_PER_TIMEOUT,
    LookedUpRow,
    LookupSteps,
    SharedRead,
    T,
    WaitingSteps,
    take_read,
)
from homestead.serving.features.store_probe import StoreProbe
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.settings import Settings

_LOG = logging.getLogger(__name__)
# How long the requests of a model that is no longer served may still read.
_CLOSE_DELAY_S = 60.0
# Begins the error of all that wait while the store as a whole cannot be read.
CANNOT_BE_READ = "the feature store cannot be read"


class FeatureLookup:
    """Reads one contract's views; refuses reads while the store is unavailable.

    Attributes:
        some_keys: see :meth:`homestead.features.online_reader.RowReader.some_keys`.
    """

    def __init__(self, contract: Contract, settings: Settings, metrics: ServerMetrics) -> None:
        self._views = {view.name: view for view in contract.views}
        self._read_duration_s = metrics.histogram(
            "homestead_feature_lookup_duration_seconds", contract.problem
        )
        self._reader = row_reader(contract, settings)
        self.some_keys = self._reader.some_keys
        self._probe = StoreProbe(contract, self._reader, metrics)
        self._timeout_s = settings.lookup_timeout_ms / 1000
        self._breaker = CircuitBreaker()
        # The event loop that reads, and what it does.
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: deque[WaitingSteps] = deque()
        self._read: SharedRead | None = None
        self._timers_left = 0
        self._is_scheduled = self._is_timed = False

    def open(self) -> None:
        """Start a thread that probes the store."""
        self._probe.start()

    def close(self, at_once: bool = False) -> None:
        """Stop probing; release the store once the last reads have ended, or now, on their loop."""
        self._probe.close()
        if at_once or self._loop is None or self._loop.is_closed():
            self._reader.close()
        else:
            self._loop.call_soon_threadsafe(
                self._loop.call_later, _CLOSE_DELAY_S, self._reader.close
            )

    def wait_until_tried(self, timeout_s: float) -> bool:
        """Wait until the store was read or could not be, and return whether that is so."""
        return self._probe.wait_until_tried(timeout_s)

    def supply(self, steps: LookupSteps[T], done: Callable[[T | Exception], None]) -> WaitingSteps:
        """Run steps and supply them with the rows that they ask for; return what waits for them.

        Args:
            steps: get an error for each entity whose values cannot be read; for all of them if the
                store cannot be read or does not respond in time.
            done: called with the result or the error of the steps, maybe at once.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._read = loop, None
            self._is_scheduled = self._is_timed = False
            self._waiting.clear()
        waiting = WaitingSteps(steps, done)
        self._advance(waiting, None)
        return waiting

    async def result_of(self, steps: LookupSteps[T]) -> T:
        """Run steps as :meth:`supply` does, and return their result or raise their error."""
        future: asyncio.Future[T | Exception] = asyncio.get_running_loop().create_future()
        waiting = self.supply(
            steps, lambda result: None if future.done() else future.set_result(result)
        )
        try:
            result = await future
        except asyncio.CancelledError:
            waiting.is_abandoned = True
            raise
        if isinstance(result, Exception):
            raise result
        return result

    def _advance(self, waiting: WaitingSteps, rows: list[LookedUpRow] | None) -> None:
        """Run the next step, until the steps wait for the store again or are done."""
        if waiting.is_abandoned:
            return
        result: Any
        try:
            waiting.entities = waiting.steps.send(rows)  # type: ignore[arg-type]
            # What the store cannot hold is found before others share the read.
            waiting.encoded = [self._encode(entity) for entity in waiting.entities]
        except StopIteration as end:
            result = end.value
        except Exception as error:
            result = error
        else:
            waiting.rows = []
            self._waiting.append(waiting)
            self._schedule()
            return
        try:
            waiting.done(result)
        except Exception:
            # The others that shared the read must still be answered.
            _LOG.exception("a look-up's result could not be passed on")

    def _encode(self, entity: Entity) -> EncodedEntity:
        name, key = entity
        view = self._views[name]
        try:
            return self._reader.encode(view, key)
        except (ValueError, struct.error):
            found = f"{view.entity}: found {key!r:.60}"
            raise RefusedError(
                400, "range", f"{found}, which the feature store cannot hold as a key"
            ) from None

    def _schedule(self) -> None:
        """Read at the end of this turn of the event loop, so that its requests share the read."""
        if self._read is None and not self._is_scheduled and self._loop is not None:
            self._is_scheduled = True
            self._loop.call_soon(self._start_read)

    def _start_read(self) -> None:
        """Read what waits, together; what arrives meanwhile shares the next read."""
        self._is_scheduled = False
        while self._waiting and self._waiting[0].is_abandoned:
            self._waiting.popleft()
        if self._read is not None or not self._waiting:
            return
        if not self._breaker.permit_call():
            self._refuse(self._take_waiting(), StoreUnavailableError(CANNOT_BE_READ))
            return
        self._read = read = take_read(self._waiting)
        self._timers_left = read.timers
        self._set_timer()
        self._reader.start_read(read.encoded, partial(self._end_read, read))

    def _end_read(self, read: SharedRead, rows: list[RowResult] | Exception) -> None:
        if read is not self._read:
            return  # it has timed out
        self._read_duration_s.observe(time.perf_counter() - read.started_at)
        if isinstance(rows, Exception):
            self._probe.report_failure(rows)
            error = StoreUnavailableError(CANNOT_BE_READ)
            self._fail([waiting for waiting, _ in read.parts], error)
            return
        self._breaker.record_success()
        self._probe.report_success()
        start = 0
        for waiting, count in read.parts:
            waiting.rows += rows[start : start + count]
            start += count
            if len(waiting.rows) < len(waiting.encoded):
                self._waiting.append(waiting)
            else:
                self._advance(waiting, self._looked_up(waiting))
        self._read = None
        self._start_read()

    def _looked_up(self, waiting: WaitingSteps) -> list[LookedUpRow]:
        """Return what was read, with errors that a client may be told of."""
        empty_views = self._probe.empty_views
        rows: list[LookedUpRow] = []
        for (view, key), row in zip(waiting.entities, waiting.rows, strict=True):
            if isinstance(row, Exception):
                found = f"the stored values of {view} {key} cannot be read: {row}"
                rows.append(StoreUnavailableError(found))
            elif row is not None and not row.is_empty:
                rows.append(row)
            elif view in empty_views:
                found = f"the feature store holds no values of {view}; materialize the views"
                rows.append(StoreUnavailableError(found))
            else:
                rows.append(None)
        return rows

    def _set_timer(self) -> None:
        if not self._is_timed and self._loop is not None:
            self._is_timed = True
            self._loop.call_later(self._timeout_s / TIMERS_PER_TIMEOUT, self._end_timer)

    def _end_timer(self) -> None:
        """Count one of the timers that a read may take."""
        self._is_timed = False
        read = self._read
        if read is None:
            return
        self._timers_left -= 1
        if self._timers_left == 0:
            self._reader.cancel_read()
            self._read_duration_s.observe(time.perf_counter() - read.started_at)
            error = read.timeout_error(self._timeout_s)
            self._probe.report_failure(error)
            # The store hangs: those that have waited meanwhile are not to wait once more.
            self._fail([*(waiting for waiting, _ in read.parts), *self._take_waiting()], error)
        if self._read is not None:
            self._set_timer()

    def _take_waiting(self) -> list[WaitingSteps]:
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def _fail(self, failed: Iterable[WaitingSteps], error: StoreUnavailableError) -> None:
        """End the current read with an error for those who wait for it."""
        self._breaker.record_failure()
        self._read = None
        self._refuse(failed, error)
        self._start_read()

    def _refuse(self, refused: Iterable[WaitingSteps], error: StoreUnavailableError) -> None:
        for waiting in refused:
            self._advance(waiting, [error] * len(waiting.entities))
