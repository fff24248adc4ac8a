"""Batched, non-blocking reads from the online store.

Requests that wait at the same time share one read.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from typing import NamedTuple

from homestead.features.online_reader import OnlineFeatureReader
from homestead.features.stored_rows import OnlineValues, ReadRequest
from homestead.problem.contract import Contract
from homestead.problem.entity_keys import EntityKey
from homestead.serving.errors import StoreUnavailableError
from homestead.serving.features.circuit_breaker import CircuitBreaker
from homestead.serving.metric_registry import ServerMetrics
from homestead.serving.request_limits import KEYS_PER_TIMEOUT, MAX_KEYS_PER_READ
from homestead.settings import Settings

_LOG = logging.getLogger(__name__)
_RETRY_INTERVAL_S = 5.0
_FRESHNESS_INTERVAL_S = 60.0
# How long the requests of a model that is no longer served may still read.
_CLOSE_DELAY_S = 60.0
_CANNOT_BE_READ = "the feature store cannot be read"


class _WaitingRead(NamedTuple):
    keys_by_view: ReadRequest
    result: asyncio.Future[OnlineValues]


class FeatureLookup:
    """Reads one contract's views; refuses reads while the store is unavailable."""

    def __init__(self, contract: Contract, settings: Settings, metrics: ServerMetrics) -> None:
        self._contract = contract
        self._metrics = metrics
        self._read_duration_s = metrics.histogram(
            "homestead_feature_lookup_duration_seconds", contract.problem
        )
        self._is_available = metrics.gauge("homestead_feature_store_available", contract.problem)
        self._reader = OnlineFeatureReader(contract, settings)
        self._tried = threading.Event()
        self._closed = threading.Event()
        self._last_warning_at = -_RETRY_INTERVAL_S
        self._waiting: list[_WaitingRead] = []
        # The event loop that reads, and the task that does while there are reads.
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._timeout_s = settings.lookup_timeout_ms / 1000
        self._breaker = CircuitBreaker()

    def open(self) -> None:
        """Start a thread that tries the store, then polls the freshness of its values."""
        if self._contract.views:
            threading.Thread(
                target=self._poll_until_closed, daemon=True, name="feature-freshness"
            ).start()
        else:
            self._tried.set()

    def close(self) -> None:
        """Stop polling at once; release the store once the last reads have ended."""
        self._closed.set()
        if self._loop is None or self._loop.is_closed():
            self._reader.close()
        else:
            self._loop.call_soon_threadsafe(
                self._loop.call_later, _CLOSE_DELAY_S, self._reader.close
            )

    def wait_until_tried(self, timeout_s: float) -> bool:
        """Wait until the store was read or could not be, and return whether that is so."""
        return self._tried.wait(timeout_s)

    def _poll_until_closed(self) -> None:
        while not self._closed.is_set():
            is_read = self._read_freshness()
            self._is_available.set(float(is_read))
            self._tried.set()
            self._closed.wait(_FRESHNESS_INTERVAL_S if is_read else _RETRY_INTERVAL_S)

    def _read_freshness(self) -> bool:
        """Expose how new each view's values are, and return whether the store could be read."""
        try:
            times = self._reader.freshness()
        except Exception as error:
            # The clients of stores have no common class of errors.
            self._warn(error)
            return False
        for view, timestamp in times.items():
            gauge = "homestead_feature_freshness_timestamp_seconds"
            self._metrics.gauge(gauge, self._contract.problem, view).set(timestamp)
        return True

    async def read(self, keys_by_view: ReadRequest) -> OnlineValues:
        """Return the latest values of entities by view and key, None for an unknown entity.

        The result may also hold keys of other requests that shared the read.

        Raises:
            StoreUnavailableError: the store cannot be read or did not respond in time.
        """
        if _count_keys(keys_by_view) <= MAX_KEYS_PER_READ:
            return await self._read_part(keys_by_view)
        values: OnlineValues = {view: {} for view in keys_by_view}
        for part in _split(keys_by_view):
            for view, stored in (await self._read_part(part)).items():
                values[view].update(stored)
        return values

    async def _read_part(self, keys_by_view: ReadRequest) -> OnlineValues:
        """Return the values of at most ``MAX_KEYS_PER_READ`` keys, read with those of others."""
        if not self._breaker.permit_call():
            raise StoreUnavailableError(_CANNOT_BE_READ)
        self._loop = loop = asyncio.get_running_loop()
        result: asyncio.Future[OnlineValues] = loop.create_future()
        self._waiting.append(_WaitingRead(keys_by_view, result))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._read_all_that_wait())
        return await result

    async def _read_all_that_wait(self) -> None:
        """Read what waits, together; what arrives meanwhile shares the next read."""
        while True:
            batch, keys_by_view = self._take_batch()
            if not batch:
                return
            started_at = time.perf_counter()
            keys = _count_keys(keys_by_view)
            try:
                async with asyncio.timeout(self._timeout_of(keys)):
                    values = await self._reader.read(keys_by_view)
            except TimeoutError:
                # The store hangs: those that have waited meanwhile are not to wait once more.
                others, self._waiting = self._waiting, []
                self._fail([*batch, *others], self._no_response(keys))
            except Exception as error:
                self._warn(error)
                self._fail(batch, StoreUnavailableError(_CANNOT_BE_READ))
            else:
                self._breaker.record_success()
                self._is_available.set(1)
                for waiting in batch:
                    if not waiting.result.done():
                        waiting.result.set_result({v: values[v] for v in waiting.keys_by_view})
            self._read_duration_s.observe(time.perf_counter() - started_at)

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

    def _fail(self, batch: list[_WaitingRead], error: StoreUnavailableError) -> None:
        self._breaker.record_failure()
        self._is_available.set(0)
        for waiting in batch:
            if not waiting.result.done():
                waiting.result.set_exception(error)

    def _timeout_of(self, keys: int) -> float:
        return self._timeout_s * max(1.0, keys / KEYS_PER_TIMEOUT)

    def _no_response(self, keys: int) -> StoreUnavailableError:
        return StoreUnavailableError(
            f"the feature store did not respond within {self._timeout_of(keys) * 1000:g} ms for"
            f" {keys} {'key' if keys == 1 else 'keys'} (HOMESTEAD_LOOKUP_MS is"
            f" {self._timeout_s * 1000:g} for each {KEYS_PER_TIMEOUT})"
        )

    def _warn(self, error: BaseException) -> None:
        """Log a warning, at most one in ``_RETRY_INTERVAL_S``."""
        if time.monotonic() - self._last_warning_at > _RETRY_INTERVAL_S:
            self._last_warning_at = time.monotonic()
            _LOG.warning("%s: %s: %s", _CANNOT_BE_READ, type(error).__name__, error)


def _count_keys(keys_by_view: ReadRequest) -> int:
    return sum(map(len, keys_by_view.values()))


def _split(keys_by_view: ReadRequest) -> Iterator[ReadRequest]:
    """Split a large request into reads small enough not to delay others."""
    for view, keys in keys_by_view.items():
        for start in range(0, len(keys), MAX_KEYS_PER_READ):
            yield {view: keys[start : start + MAX_KEYS_PER_READ]}
