"""Reads of the online store, off the event loop: what waits is read together."""

import asyncio
import gc
import logging
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from homestead.features.values import EntityKey, OnlineValues, ReadRequest
from homestead.problem.contract import Contract
from homestead.serving.errors import RefusedError
from homestead.serving.features.circuit_breaker import CircuitBreaker
from homestead.serving.metrics import ServerMetrics
from homestead.settings import Settings

if TYPE_CHECKING:
    from homestead.features.online_reader import OnlineFeatureReader

_LOG = logging.getLogger(__name__)
_RETRY_S = 5.0
_FRESHNESS_S = 60.0
# The server listens before Feast's import takes the processor.
_HEAD_START_S = 0.3
# So many keys are read within the default time-out; others wait no longer than that, either.
_BATCH_KEYS = 250
_Waiting = tuple[ReadRequest, asyncio.Future[OnlineValues]]


class FeatureLookup:
    """Reads one contract's views; refuses with 503 while the store can't be read."""

    def __init__(self, contract: Contract, settings: Settings, metrics: ServerMetrics) -> None:
        self._contract = contract
        self._settings = settings
        self._metrics = metrics
        self._seconds = metrics.histogram("feature_lookup_duration_seconds", contract.problem)
        self._available = metrics.gauge("feature_store_available", contract.problem)
        self._reader: OnlineFeatureReader | None = None
        self._tried = threading.Event()
        self._ended = threading.Event()
        self._complained = -_RETRY_S
        self._waiting: list[_Waiting] = []
        self._reading = False
        self._timeout_s = settings.lookup_timeout_ms / 1000
        self._breaker = CircuitBreaker()
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="features")

    def open(self) -> None:
        """Begin to open the store: importing Feast alone takes seconds."""
        if self._contract.views:
            threading.Thread(target=self._follow, daemon=True, name="open-features").start()
        else:
            self._tried.set()

    def close(self) -> None:
        """Look at the store's freshness no longer."""
        self._ended.set()

    def wait(self, seconds: float) -> bool:
        """Whether the store was opened, or could not be, at the latest after ``seconds``."""
        return self._tried.wait(seconds)

    def _follow(self) -> None:
        self._ended.wait(_HEAD_START_S)
        while not self._ended.is_set():
            try:
                if self._reader is None:
                    self._reader = self._open()
                    self._available.set(1)
                    # What was imported stays: the collector need not look at it again.
                    gc.collect()
                    gc.freeze()
                for view, moment in self._reader.freshness().items():
                    name = "feature_freshness_timestamp_seconds"
                    self._metrics.gauge(name, self._contract.problem, view).set(moment)
            except Exception as error:
                # A store that can't be reached; Feast has no common class for its errors.
                self._complain("the feature store can't be opened, will try again", error)
            if self._reader is None:
                self._available.set(0)
            self._tried.set()
            self._ended.wait(_FRESHNESS_S if self._reader else _RETRY_S)

    def _open(self) -> "OnlineFeatureReader":
        from homestead.features.online_reader import OnlineFeatureReader

        os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)  # Feast's import set it: not for us
        reader = OnlineFeatureReader(self._contract, self._settings)
        # The first read is slow; it should not be a client's.
        for view in self._contract.views:
            column = self._contract.columns.get(view.entity)
            text = column.allowed if column and column.type == "category" else None
            reader.read({view.name: [text[0] if text else 0]})
        return reader

    async def read(self, wanted: ReadRequest) -> OnlineValues:
        """The latest values of entities, by view; None for an unknown one.

        Raises:
            RefusedError: 503, the store can't be read now, or not in time.
        """
        found: OnlineValues = {view: {} for view in wanted}
        for part in _parts(wanted):
            for view, kept in (await self._ask(part)).items():
                found[view].update(kept)
        return found

    async def _ask(self, wanted: ReadRequest) -> OnlineValues:
        if self._reader is None:
            raise RefusedError(503, "features", "the feature store is not there yet, try again")
        if self._breaker.is_open:
            raise RefusedError(503, "features", "the feature store can't be read, try again")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[OnlineValues] = loop.create_future()
        self._waiting.append((wanted, answer))
        if not self._reading:
            self._read_next(loop, self._reader)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await answer
        except TimeoutError:
            raise RefusedError(503, "features", "the feature store does not answer") from None

    def _read_next(self, loop: asyncio.AbstractEventLoop, reader: "OnlineFeatureReader") -> None:
        """Read for all who wait: those who come during a read share the next one."""
        batch: list[_Waiting] = []
        union: dict[str, dict[EntityKey, None]] = {}
        size = 0
        while self._waiting and size < _BATCH_KEYS:
            wanted, answer = self._waiting.pop(0)
            if answer.done():
                continue
            batch.append((wanted, answer))
            for view, keys in wanted.items():
                union.setdefault(view, {}).update(dict.fromkeys(keys))
                size += len(keys)
        self._reading = bool(batch)
        if not batch:
            return
        together: ReadRequest = {view: list(keys) for view, keys in union.items()}
        begin = time.perf_counter()
        read = loop.run_in_executor(self._threads, reader.read, together)
        # A read that hangs holds up the next ones: it must count before it comes back.
        late = loop.call_later(self._timeout_s, self._failed, batch)

        def ended(read: asyncio.Future[OnlineValues]) -> None:
            late.cancel()
            seconds = time.perf_counter() - begin
            self._seconds.observe(seconds)
            if read.exception() is not None:
                self._complain("the feature store can't be read", read.exception())
                self._failed(batch)
            else:
                found = read.result()
                if seconds < self._timeout_s:
                    self._breaker.succeeded()
                    self._available.set(1)
                for wanted, answer in batch:
                    if not answer.done():
                        answer.set_result({view: found[view] for view in wanted})
            self._read_next(loop, reader)

        read.add_done_callback(ended)

    def _failed(self, batch: list[_Waiting]) -> None:
        self._breaker.failed()
        self._available.set(0)
        for _, answer in batch:
            if not answer.done():
                answer.set_exception(
                    RefusedError(503, "features", "the feature store can't be read, try again")
                )

    def _complain(self, message: str, error: BaseException | None) -> None:
        if time.monotonic() - self._complained > _RETRY_S:
            self._complained = time.monotonic()
            _LOG.warning("%s: %s: %s", message, type(error).__name__, error)


def _parts(wanted: ReadRequest) -> Iterator[ReadRequest]:
    """A request's keys, so many at a time that it does not keep others waiting."""
    if sum(map(len, wanted.values())) <= _BATCH_KEYS:
        yield wanted
        return
    for view, keys in wanted.items():
        for at in range(0, len(keys), _BATCH_KEYS):
            yield {view: keys[at : at + _BATCH_KEYS]}
