"""Reads of the online store, off the event loop: what waits is read together."""

import asyncio
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from homestead.contract import Contract
from homestead.settings import Settings
from serving.errors import RefusedError
from serving.metrics import Metrics
from serving.resolve import Key

if TYPE_CHECKING:
    from homestead.features.online import OnlineFeatures

Answers = list[dict[str, float | None] | None]
_LOG = logging.getLogger(__name__)
_RETRY_S = 5.0
_PATIENCE_S = 2.0
_BATCH_KEYS = 500


class Lookup:
    """Reads one contract's views; refuses with 503 while the store can't be read."""

    def __init__(self, contract: Contract, settings: Settings, metrics: Metrics) -> None:
        self._contract = contract
        self._settings = settings
        self._seconds = metrics.histogram("feature_lookup_duration_seconds", contract.problem)
        self._reader: OnlineFeatures | None = None
        self._opened = threading.Event()
        self._complained = 0.0
        self._waiting: dict[str, list[tuple[list[Key], asyncio.Future[Answers]]]] = {}
        self._reading: dict[str, asyncio.Task[None]] = {}
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="features")

    def open(self) -> None:
        """Begin to open the store: importing Feast alone takes seconds."""
        if self._contract.views:
            threading.Thread(target=self._open, daemon=True, name="open-features").start()
        else:
            self._opened.set()

    def wait(self, seconds: float) -> bool:
        """Whether the store is open, at the latest after ``seconds``."""
        return self._opened.wait(seconds)

    def _open(self) -> None:
        from homestead.features.online import OnlineFeatures  # noqa: PLC0415

        while not self._opened.is_set():
            try:
                reader = OnlineFeatures(self._contract, self._settings)
                # The first read takes seconds; it should not be a client's.
                for view in self._contract.views:
                    column = self._contract.columns.get(view.entity)
                    text = column.allowed if column and column.type == "category" else None
                    reader.read(view.name, [text[0] if text else 0])
                self._reader = reader
                self._opened.set()
            except Exception:
                # A store that can't be reached yet; Feast has no common class for its errors.
                self._complain("the feature store can't be opened, will try again")
                time.sleep(_RETRY_S)

    async def read(self, view: str, keys: list[Key]) -> Answers:
        """The latest values of a view's entities, None for an unknown one.

        Raises:
            RefusedError: 503, the store can't be read now.
        """
        if self._reader is None:
            raise RefusedError(503, "features", "the feature store is not there yet, try again")
        answer: asyncio.Future[Answers] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(view, []).append((keys, answer))
        if view not in self._reading:
            self._reading[view] = asyncio.create_task(self._read_waiting(view))
        try:
            return await asyncio.wait_for(answer, _PATIENCE_S)
        except TimeoutError:
            raise RefusedError(503, "features", "the feature store does not answer") from None

    async def _read_waiting(self, view: str) -> None:
        """Read until nobody waits: those who come during a read share the next one."""
        loop = asyncio.get_running_loop()
        waiting = self._waiting[view]
        while waiting:
            batch, size = [], 0
            while waiting and size < _BATCH_KEYS:
                one = waiting.pop(0)
                if not one[1].done():
                    batch.append(one)
                    size += len(one[0])
            distinct = list(dict.fromkeys(key for keys, _ in batch for key in keys))
            try:
                found = await loop.run_in_executor(self._threads, self._read, view, distinct)
            except Exception:
                # Feast and its stores have no common class for what can go wrong in a read.
                self._complain("the feature store can't be read")
                error = RefusedError(503, "features", "the feature store can't be read, try again")
                for _, answer in batch:
                    if not answer.done():
                        answer.set_exception(error)
                continue
            for keys, answer in batch:
                if not answer.done():
                    answer.set_result([found[key] for key in keys])
        del self._reading[view]

    def _read(self, view: str, keys: list[Key]) -> dict[Key, dict[str, float | None] | None]:
        assert self._reader is not None  # noqa: S101
        begin = time.perf_counter()
        answers = self._reader.read(view, keys)
        self._seconds.observe(time.perf_counter() - begin)
        return dict(zip(keys, answers, strict=True))

    def _complain(self, message: str) -> None:
        if time.monotonic() - self._complained > _RETRY_S:
            self._complained = time.monotonic()
            _LOG.warning("%s", message, exc_info=True)
