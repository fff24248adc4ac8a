"""Look-ups of homes in a fake online store."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from homestead.features.feast_layout import encode_key, key_prefix
from homestead.features.stored_rows import (
    EncodedEntity,
    Entity,
    ReadCallback,
    RowResult,
    StoredRow,
)
from homestead.problem.contract import ContractView
from homestead.problem.entity_keys import EntityKey
from homestead.serving.features.lookup import FeatureLookup
from homestead.serving.features.lookup_steps import LookedUpRow, LookupSteps
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.settings import Settings
from tests.homes import homes_contract

KNOWN = StoredRow({"near": 1.0}, 5.0)


class FakeStore:
    """An online store that knows even keys."""

    def __init__(self) -> None:
        self.reads: list[list[bytes]] = []
        self.error: Exception | None = None
        self.broken: dict[bytes, Exception] = {}
        self.times = {"homes": 5.0, "cells": 5.0}
        self.delay_s = 0.01
        # Turns of the event loop that a reply takes besides.
        self.turns = 0
        self.is_closed = False
        self._timer: asyncio.TimerHandle | None = None

    def __call__(self, *_: Any) -> "FakeStore":
        return self

    def encode(self, view: ContractView, key: EntityKey) -> EncodedEntity:
        encode_key(key_prefix(view.entity), key)  # refuses what real stores refuse
        return EncodedEntity(view, f"{view.name} {key}".encode())

    def start_read(self, entities: Sequence[EncodedEntity], done: ReadCallback) -> None:
        self.reads.append([entity.content for entity in entities])
        rows = self.error or [self._row(entity) for entity in entities]
        self._reply_later(self.turns, lambda: done(rows))

    def _reply_later(self, turns: int, reply: Callable[[], None]) -> None:
        again = reply if not turns else lambda: self._reply_later(turns - 1, reply)
        self._timer = asyncio.get_running_loop().call_later(
            self.delay_s if turns == self.turns else 0, again
        )

    def _row(self, entity: EncodedEntity) -> RowResult:
        if entity.content in self.broken:
            return self.broken[entity.content]
        return None if int(entity.content.split()[1]) % 2 else KNOWN

    def cancel_read(self) -> None:
        assert self._timer is not None
        self._timer.cancel()

    def freshness(self) -> dict[str, float]:
        if self.error:
            raise self.error
        return self.times

    def some_keys(self, view: ContractView, count: int) -> list[EntityKey]:
        return list(range(1, count + 1))

    def close(self) -> None:
        self.is_closed = True


def opened_lookup(settings: Settings, timeout_ms: float, metrics: ServerMetrics) -> FeatureLookup:
    settings = settings.model_copy(update={"lookup_timeout_ms": timeout_ms})
    lookup = FeatureLookup(homes_contract(), settings, metrics)
    lookup.open()
    assert lookup.wait_until_tried(60)
    return lookup


def one_read(*entities: Entity) -> LookupSteps[list[LookedUpRow]]:
    return (yield list(entities))


async def read(lookup: FeatureLookup, *entities: Entity) -> list[LookedUpRow]:
    return await lookup.result_of(one_read(*entities))


async def read_all(lookup: FeatureLookup, *requests: list[Entity]) -> list[Any]:
    """Return the rows of requests of one turn of the event loop, or their errors."""
    reads = [read(lookup, *entities) for entities in requests]
    return await asyncio.gather(*reads, return_exceptions=True)
