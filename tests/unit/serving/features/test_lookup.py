"""Reads of the online store: shared by those that wait, split if large, refused while it fails."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from homestead.features.stored_rows import OnlineValues, ReadRequest, StoredRow
from homestead.serving.errors import RefusedError
from homestead.serving.features.lookup import FeatureLookup
from homestead.serving.metric_registry import ServerMetrics
from homestead.serving.request_limits import MAX_KEYS_PER_READ
from homestead.settings import Settings
from tests.homes import homes_contract


class Store:
    """An online store that knows even keys."""

    def __init__(self, *_: Any) -> None:
        self.reads: list[ReadRequest] = []
        self.error: Exception | None = None
        self.delay_s = 0.01

    def __call__(self, *_: Any) -> "Store":
        return self

    def read(self, keys_by_view: ReadRequest) -> OnlineValues:
        self.reads.append(keys_by_view)
        time.sleep(self.delay_s)
        if self.error:
            raise self.error
        return {
            view: {key: None if int(key) % 2 else StoredRow({"near": 1.0}, 5.0) for key in keys}
            for view, keys in keys_by_view.items()
        }

    def freshness(self) -> dict[str, float]:
        return {"cells": 5.0}


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    store = Store()
    monkeypatch.setattr("homestead.features.online_reader.OnlineFeatureReader", store)
    return store


@pytest.fixture
def lookup(store: Store, settings: Settings) -> Iterator[FeatureLookup]:
    settings = settings.model_copy(update={"lookup_timeout_ms": 2000.0})
    lookup = FeatureLookup(homes_contract(), settings, ServerMetrics())
    lookup.open()
    assert lookup.wait_until_tried(60)
    store.reads.clear()
    yield lookup
    lookup.close()


def test_reads_that_wait_share_the_next_one(store: Store, lookup: FeatureLookup) -> None:
    async def run() -> list[OnlineValues]:
        reads: list[ReadRequest] = [{"homes": [1, 2]}, {"homes": [2, 4]}, {"cells": [4]}]
        return await asyncio.gather(*(lookup.read(keys) for keys in reads))

    first, second, third = asyncio.run(run())
    assert store.reads == [{"homes": [1, 2]}, {"homes": [2, 4], "cells": [4]}]
    known = StoredRow({"near": 1.0}, 5.0)
    assert first == {"homes": {1: None, 2: known}}
    assert second == {"homes": {2: known, 4: known}}
    assert third == {"cells": {4: known}}


def test_a_large_read_is_split(store: Store, lookup: FeatureLookup) -> None:
    keys = list(range(2 * MAX_KEYS_PER_READ + 1))
    values = asyncio.run(lookup.read({"homes": [*keys]}))
    assert list(values["homes"]) == keys
    sizes = [len(read["homes"]) for read in store.reads]
    assert sizes == [MAX_KEYS_PER_READ, MAX_KEYS_PER_READ, 1]


def test_a_failing_store_is_refused_and_then_left_alone(
    store: Store, lookup: FeatureLookup
) -> None:
    store.error = ConnectionError("away")
    for _ in range(5):
        with pytest.raises(RefusedError, match="cannot be read; try again") as error:
            asyncio.run(lookup.read({"homes": [2]}))
        assert (error.value.status, error.value.reason) == (503, "features")
    assert len(store.reads) == 3


def test_a_slow_store_is_not_waited_for(store: Store, settings: Settings) -> None:
    settings = settings.model_copy(update={"lookup_timeout_ms": 20.0})
    lookup = FeatureLookup(homes_contract(), settings, ServerMetrics())
    lookup.open()
    assert lookup.wait_until_tried(60)
    store.delay_s = 0.3
    begin = time.monotonic()

    async def run() -> None:
        with pytest.raises(RefusedError, match="try again"):
            await lookup.read({"homes": [2]})
        assert time.monotonic() - begin < 0.25

    asyncio.run(run())
    lookup.close()


def test_a_store_that_is_not_open_is_refused(settings: Settings) -> None:
    lookup = FeatureLookup(homes_contract(), settings, ServerMetrics())
    with pytest.raises(RefusedError, match="not open yet"):
        asyncio.run(lookup.read({"homes": [2]}))


def test_a_contract_without_views_needs_no_store(settings: Settings) -> None:
    lookup = FeatureLookup(homes_contract(views=()), settings, ServerMetrics())
    lookup.open()
    assert lookup.wait_until_tried(0)
