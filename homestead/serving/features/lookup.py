"""Batched, non-blocking reads from the online store.

Requests that wait at the same time share one read, which runs in a thread.
"""

import asyncio
import gc
import logging
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from homestead.features.stored_rows import OnlineValues, ReadRequest
from homestead.problem.contract import Contract
from homestead.problem.entity_keys import EntityKey
from homestead.serving.errors import RefusedError
from homestead.serving.features.circuit_breaker import CircuitBreaker
from homestead.serving.metric_registry import ServerMetrics
from homestead.serving.request_limits import MAX_KEYS_PER_READ
from homestead.settings import Settings

if TYPE_CHECKING:  # importing it takes seconds
    from homestead.features.online_reader import OnlineFeatureReader

_LOG = logging.getLogger(__name__)
_RETRY_INTERVAL_S = 5.0
_FRESHNESS_INTERVAL_S = 60.0
# Delay of the Feast import (3.4 s of CPU), so that the server is listening before.
_OPEN_DELAY_S = 0.3


class _WaitingRead(NamedTuple):
    keys_by_view: ReadRequest
    result: asyncio.Future[OnlineValues]


class FeatureLookup:
    """Reads one contract's views; refuses requests with 503 while the store is unavailable."""

    def __init__(self, contract: Contract, settings: Settings, metrics: ServerMetrics) -> None:
        self._contract = contract
        self._settings = settings
        self._metrics = metrics
        self._read_duration_s = metrics.histogram(
            "feature_lookup_duration_seconds", contract.problem
        )
        self._is_available = metrics.gauge("feature_store_available", contract.problem)
        self._reader: OnlineFeatureReader | None = None
        self._tried = threading.Event()
        self._closed = threading.Event()
        self._last_warning_at = -_RETRY_INTERVAL_S
        self._waiting: list[_WaitingRead] = []
        self._is_reading = False
        self._timeout_s = settings.lookup_timeout_ms / 1000
        self._breaker = CircuitBreaker()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="features")

    def open(self) -> None:
        """Start opening the store in a thread, because importing Feast alone takes seconds."""
        if self._contract.views:
            threading.Thread(
                target=self._open_and_poll_freshness, daemon=True, name="open-features"
            ).start()
        else:
            self._tried.set()

    def close(self) -> None:
        """Stop polling feature freshness."""
        self._closed.set()

    def wait_until_tried(self, timeout_s: float) -> bool:
        """Wait until the store was opened or could not be, and return whether that is so."""
        return self._tried.wait(timeout_s)

    def _open_and_poll_freshness(self) -> None:
        self._closed.wait(_OPEN_DELAY_S)
        while not self._closed.is_set():
            try:
                if self._reader is None:
                    self._reader = self._open_reader()
                    self._is_available.set(1)
                    # Imported modules stay: spare the garbage collector their objects.
                    gc.collect()
                    gc.freeze()
                for view, timestamp in self._reader.freshness().items():
                    gauge = "feature_freshness_timestamp_seconds"
                    self._metrics.gauge(gauge, self._contract.problem, view).set(timestamp)
            except Exception as error:
                # Feast's stores have no common class of errors.
                self._warn("the feature store cannot be opened, will try again", error)
            if self._reader is None:
                self._is_available.set(0)
            self._tried.set()
            self._closed.wait(_FRESHNESS_INTERVAL_S if self._reader else _RETRY_INTERVAL_S)

    def _open_reader(self) -> "OnlineFeatureReader":
        from homestead.features.online_reader import OnlineFeatureReader

        os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)  # set by Feast's import
        reader = OnlineFeatureReader(self._contract, self._settings)
        # The first read is slow, and must not delay a client.
        for view in self._contract.views:
            column = self._contract.columns.get(view.entity)
            texts = column.allowed if column and column.type == "category" else None
            reader.read({view.name: [texts[0] if texts else 0]})
        return reader

    async def read(self, keys_by_view: ReadRequest) -> OnlineValues:
        """Return the latest values of entities by view and key, None for an unknown entity.

        Raises:
            RefusedError: 503, the store is unavailable or did not respond in time.
        """
        values: OnlineValues = {view: {} for view in keys_by_view}
        for part in _split(keys_by_view):
            for view, stored in (await self._read_part(part)).items():
                values[view].update(stored)
        return values

    async def _read_part(self, keys_by_view: ReadRequest) -> OnlineValues:
        """Return the values of at most ``MAX_KEYS_PER_READ`` keys, read with those of others."""
        if self._reader is None:
            raise RefusedError(503, "features", "the feature store is not open yet; try again")
        if self._breaker.is_open:
            raise _unavailable()
        loop = asyncio.get_running_loop()
        result: asyncio.Future[OnlineValues] = loop.create_future()
        self._waiting.append(_WaitingRead(keys_by_view, result))
        if not self._is_reading:
            self._start_read(loop, self._reader)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await result
        except TimeoutError:
            raise RefusedError(
                503, "features", "the feature store did not respond in time; try again"
            ) from None

    def _start_read(self, loop: asyncio.AbstractEventLoop, reader: "OnlineFeatureReader") -> None:
        """Start one read for all that wait; those that arrive meanwhile share the next one."""
        batch, keys_by_view = self._take_batch()
        self._is_reading = bool(batch)
        if not batch:
            return
        started_at = time.perf_counter()
        read = loop.run_in_executor(self._executor, reader.read, keys_by_view)
        # A read that hangs delays all later ones, so it must count as a failure before it returns.
        timeout = loop.call_later(self._timeout_s, self._fail, batch)

        def finish(read: asyncio.Future[OnlineValues]) -> None:
            timeout.cancel()
            duration_s = time.perf_counter() - started_at
            self._read_duration_s.observe(duration_s)
            if read.exception() is not None:
                self._warn("the feature store cannot be read", read.exception())
                self._fail(batch)
            else:
                values = read.result()
                if duration_s < self._timeout_s:
                    self._breaker.record_success()
                    self._is_available.set(1)
                for waiting in batch:
                    if not waiting.result.done():
                        waiting.result.set_result(
                            {view: values[view] for view in waiting.keys_by_view}
                        )
            self._start_read(loop, reader)

        read.add_done_callback(finish)

    def _take_batch(self) -> tuple[list[_WaitingRead], ReadRequest]:
        """Remove the next reads from those that wait, and return them and their distinct keys."""
        batch: list[_WaitingRead] = []
        distinct: dict[str, dict[EntityKey, None]] = {}
        size = 0
        while self._waiting and size < MAX_KEYS_PER_READ:
            waiting = self._waiting.pop(0)
            if waiting.result.done():
                continue
            batch.append(waiting)
            for view, keys in waiting.keys_by_view.items():
                distinct.setdefault(view, {}).update(dict.fromkeys(keys))
                size += len(keys)
        return batch, {view: list(keys) for view, keys in distinct.items()}

    def _fail(self, batch: list[_WaitingRead]) -> None:
        self._breaker.record_failure()
        self._is_available.set(0)
        for waiting in batch:
            if not waiting.result.done():
                waiting.result.set_exception(_unavailable())

    def _warn(self, message: str, error: BaseException | None) -> None:
        """Log a warning, at most one in ``_RETRY_INTERVAL_S``."""
        if time.monotonic() - self._last_warning_at > _RETRY_INTERVAL_S:
            self._last_warning_at = time.monotonic()
            _LOG.warning("%s: %s: %s", message, type(error).__name__, error)


def _unavailable() -> RefusedError:
    return RefusedError(503, "features", "the feature store cannot be read; try again")


def _split(keys_by_view: ReadRequest) -> Iterator[ReadRequest]:
    """Split a request into reads small enough not to delay others."""
    if sum(map(len, keys_by_view.values())) <= MAX_KEYS_PER_READ:
        yield keys_by_view
        return
    for view, keys in keys_by_view.items():
        for start in range(0, len(keys), MAX_KEYS_PER_READ):
            yield {view: keys[start : start + MAX_KEYS_PER_READ]}
