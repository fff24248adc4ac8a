"""Reads of the online store: shared by those that wait, split if large, refused while it fails."""

import asyncio
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from homestead.features.stored_rows import OnlineValues, ReadRequest, StoredRow
from homestead.serving.errors import RefusedError
from homestead.serving.features.lookup import FeatureLookup
from homestead.serving.metric_registry import ServerMetrics
from homestead.serving.request_limits import KEYS_PER_TIMEOUT, MAX_KEYS_PER_READ
from homestead.settings import Settings
from tests.homes import homes_contract


class Store:
    """An online store that knows even keys."""

    def __init__(self, *_: Any) -> None:
        self.reads: list[ReadRequest] = []
        self.error: Exception | None = None
        self.delay_s = 0.01
        self.is_closed = False

    def __call__(self, *_: Any) -> "Store":
        return self

    async def read(self, keys_by_view: ReadRequest) -> OnlineValues:
        self.reads.append(keys_by_view)
        await asyncio.sleep(self.delay_s)
        if self.error:
            raise self.error
        return {
            view: {key: None if int(key) % 2 else StoredRow({"near": 1.0}, 5.0) for key in keys}
            for view, keys in keys_by_view.items()
        }

    def freshness(self) -> dict[str, float]:
        if self.error:
            raise self.error
        return {"cells": 5.0}

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    store = Store()
    monkeypatch.setattr("homestead.serving.features.lookup.OnlineFeatureReader", store)
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
        # Two of one turn of the event loop, and two that come while these are read.
        reads: list[ReadRequest] = [{"homes": [1]}, {"homes": [2]}]
        later: list[ReadRequest] = [{"homes": [2, 4]}, {"cells": [4]}]
        tasks = [asyncio.create_task(lookup.read(keys)) for keys in reads]
        await asyncio.sleep(0.005)
        others = [lookup.read(keys) for keys in later]
        return [*await asyncio.gather(*others), *[await task for task in tasks]]

    store.delay_s = 0.1
    third, fourth, first, second = asyncio.run(run())
    assert store.reads == [{"homes": [1, 2]}, {"homes": [2, 4], "cells": [4]}]
    known = StoredRow({"near": 1.0}, 5.0)
    assert first == second == {"homes": {1: None, 2: known}}
    assert third == {"homes": {2: known, 4: known}}
    assert fourth == {"cells": {4: known}}


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


def test_a_contract_without_views_needs_no_store(settings: Settings) -> None:
    lookup = FeatureLookup(homes_contract(views=()), settings, ServerMetrics())
    lookup.open()
    assert lookup.wait_until_tried(0)


def test_the_time_limit_grows_with_the_keys_and_the_refusal_names_it(
    store: Store, settings: Settings
) -> None:
    settings = settings.model_copy(update={"lookup_timeout_ms": 40.0})
    lookup = FeatureLookup(homes_contract(), settings, ServerMetrics())
    store.delay_s = 0.1
    many = {"homes": [*range(4 * KEYS_PER_TIMEOUT)]}
    assert len(asyncio.run(lookup.read({**many}))["homes"]) == 4 * KEYS_PER_TIMEOUT
    message = re.escape(
        "did not respond within 40 ms for 1 key (HOMESTEAD_LOOKUP_MS is 40 for each 50); try again"
    )
    with pytest.raises(RefusedError, match=message):
        asyncio.run(lookup.read({"homes": [2]}))
    store.delay_s = 0.5
    with pytest.raises(RefusedError, match="within 160 ms for 200 keys"):
        asyncio.run(lookup.read({**many}))
    lookup.close()


def test_gauges_tell_whether_the_store_is_read_and_how_new_its_values_are(
    store: Store, settings: Settings
) -> None:
    metrics = ServerMetrics()
    lookup = FeatureLookup(homes_contract(), settings, metrics)
    store.error = ConnectionError("away")
    lookup.open()
    assert lookup.wait_until_tried(60)
    labels = {"model": "homes"}
    value = metrics.registry.get_sample_value
    assert value("homestead_feature_store_available", labels) == 0
    store.error = None
    asyncio.run(lookup.read({"homes": [2]}))
    assert value("homestead_feature_store_available", labels) == 1
    lookup.close()
    other = FeatureLookup(homes_contract(), settings, metrics)
    other.open()
    assert other.wait_until_tried(60)
    view = {**labels, "view": "cells"}
    assert value("homestead_feature_freshness_timestamp_seconds", view) == 5.0
    other.close()


def test_a_store_is_kept_for_the_last_reads_of_a_model_that_is_replaced(
    store: Store, settings: Settings
) -> None:
    lookup = FeatureLookup(homes_contract(), settings, ServerMetrics())

    async def run() -> None:
        await lookup.read({"homes": [2]})
        lookup.close()
        await asyncio.sleep(0)
        await lookup.read({"homes": [4]})

    asyncio.run(run())
    assert not store.is_closed
    lookup.close()
    assert store.is_closed
