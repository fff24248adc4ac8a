"""Steps of a request that needs the online store, and a read that such requests share."""

import math
import time
from collections import deque
from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeVar

from homestead.features.stored_rows import EncodedEntity, Entity, RowResult, StoredRow
from homestead.serving.errors import StoreTimeoutError, StoreUnavailableError
from homestead.serving.request_limits import KEYS_PER_TIMEOUT, MAX_KEYS_PER_READ

# A timeout is so many timers, each set when the one before has run. A server that lacks CPU runs
# them late, and takes what has arrived before each, so that its own delay is not the store's.
TIMERS_PER_TIMEOUT = 10

T = TypeVar("T")
# An entity's row: None if it is unknown, an error if its values cannot be read.
LookedUpRow = StoredRow | None | StoreUnavailableError
# Yields entities, receives their rows in the same order, and returns a result.
LookupSteps = Generator[list[Entity], list[LookedUpRow], T]


class WaitingSteps:
    """Steps that wait for the store.

    Attributes:
        done: called with the result or the error.
        entities: what they wait for.
        encoded: the same as the store addresses it.
        rows: what was read so far.
        is_abandoned: nobody needs the result any more.
    """

    __slots__ = ("done", "encoded", "entities", "is_abandoned", "rows", "steps")

    def __init__(self, steps: LookupSteps[Any], done: Callable[[Any], None]) -> None:
        self.steps, self.done = steps, done
        self.entities: list[Entity] = []
        self.encoded: list[EncodedEntity] = []
        self.rows: list[RowResult] = []
        self.is_abandoned = False


class SharedRead(NamedTuple):
    """A read for several of those that wait.

    Attributes:
        parts: each of them, and how many of its entities are in this read.
        encoded: all entities.
        started_at: seconds, on the clock that measures durations.
    """

    parts: list[tuple[WaitingSteps, int]]
    encoded: list[EncodedEntity]
    started_at: float

    @property
    def timeouts(self) -> float:
        """How many look-up timeouts the read may take."""
        return max(1.0, len(self.encoded) / KEYS_PER_TIMEOUT)

    @property
    def timers(self) -> int:
        """How many timers the read may take; the first may already run when it starts."""
        return 1 + math.ceil(TIMERS_PER_TIMEOUT * self.timeouts)

    def timeout_error(self, timeout_s: float) -> StoreTimeoutError:
        """Return the error of a store that did not respond in time.

        Args:
            timeout_s: the look-up timeout.
        """
        keys, setting_ms = len(self.encoded), timeout_s * 1000
        return StoreTimeoutError(
            f"the feature store did not respond within {self.timeouts * setting_ms:g} ms for"
            f" {keys} {'key' if keys == 1 else 'keys'} (HOMESTEAD_LOOKUP_MS is"
            f" {setting_ms:g} for each {KEYS_PER_TIMEOUT})"
        )


def read_in_parts(entities: list[Entity]) -> LookupSteps[list[LookedUpRow]]:
    """Read entities in parts, so that what one turn of the event loop does for them is bounded."""
    rows: list[LookedUpRow] = []
    while len(rows) < len(entities):
        part = yield entities[len(rows) : len(rows) + MAX_KEYS_PER_READ]
        rows += part
        error = part[0]
        if isinstance(error, StoreUnavailableError) and all(row is error for row in part):
            # The same error for all of them: the store itself cannot be read.
            rows += [error] * (len(entities) - len(rows))
    return rows


def take_read(waiting: deque[WaitingSteps]) -> SharedRead:
    """Remove from those that wait as many as one read may serve, and return the read.

    A part of a request with many entities is read at a time, so that it does not delay small ones.
    """
    parts: list[tuple[WaitingSteps, int]] = []
    encoded: list[EncodedEntity] = []
    while waiting and len(encoded) < MAX_KEYS_PER_READ:
        steps = waiting.popleft()
        if steps.is_abandoned:
            continue
        start = len(steps.rows)
        part = steps.encoded[start : start + MAX_KEYS_PER_READ]
        parts.append((steps, len(part)))
        encoded += part
    return SharedRead(parts, encoded, time.perf_counter())
