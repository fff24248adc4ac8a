"""Reads of the online store: shared by those that wait, refused while it fails."""

import asyncio
import re
import time
from typing import Any

import pytest

from homestead.features.stored_rows import (
    Entity,
)
from homestead.problem.entity_keys import EntityKey
from homestead.serving.errors import RefusedError, StoreUnavailableError
from homestead.serving.features.circuit_breaker import CircuitBreaker
from homestead.serving.features.lookup import FeatureLookup
from homestead.serving.features.lookup_steps import LookedUpRow, LookupSteps
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.serving.request_limits import MAX_KEYS_PER_READ
from homestead.settings import Settings
from tests.homes import homes_contract
from tests.lookups import KNOWN, FakeStore, one_read, read, read_all

AWAY = "cannot be read; try again"


def test_reads_that_wait_share_the_next_one(store: FakeStore, lookup: FeatureLookup) -> None:
    async def run() -> list[list[LookedUpRow]]:
        # Two of one turn of the event loop, and two that come while these are read.
        tasks = [asyncio.create_task(read(lookup, ("homes", key))) for key in (1, 2)]
        await asyncio.sleep(0.005)
        later = [read(lookup, ("homes", 2), ("homes", 4)), read(lookup, ("cells", 4))]
        return [*await asyncio.gather(*later), *[await task for task in tasks]]

    store.delay_s = 0.1
    third, fourth, first, second = asyncio.run(run())
    assert store.reads == [[b"homes 1", b"homes 2"], [b"homes 2", b"homes 4", b"cells 4"]]
    assert (first, second) == ([None], [KNOWN])
    assert (third, fourth) == ([KNOWN, KNOWN], [KNOWN])


def test_steps_read_again_with_what_others_wait_for(
    store: FakeStore, lookup: FeatureLookup
) -> None:
    def steps(first: int) -> LookupSteps[list[LookedUpRow]]:
        yield [("homes", first)]
        return (yield [("cells", first)])

    async def run() -> None:
        reads = [lookup.result_of(steps(key)) for key in (2, 3)]
        assert await asyncio.gather(*reads) == [[KNOWN], [None]]

    asyncio.run(run())
    assert store.reads == [[b"homes 2", b"homes 3"], [b"cells 2", b"cells 3"]]


@pytest.mark.parametrize("key", [2**63, -(2**63) - 1, 10**30, "\ud800"])
def test_a_key_that_the_store_cannot_hold_is_refused_for_its_request_alone(
    store: FakeStore, lookup: FeatureLookup, key: EntityKey
) -> None:
    async def run() -> None:
        for _ in range(5):
            refused, *rows = await read_all(
                lookup, [("homes", 2), ("cells", key)], [("homes", 2)], [("cells", 4)]
            )
            assert rows == [[KNOWN], [KNOWN]]
            assert isinstance(refused, RefusedError)
            assert (refused.status, refused.reason) == (400, "range")
            assert re.match("cell: found .*, which the feature store cannot hold", str(refused))

    asyncio.run(run())
    assert store.reads == [[b"homes 2", b"cells 4"]] * 5


def test_an_error_of_one_request_reaches_neither_the_others_nor_the_breaker(
    store: FakeStore, lookup: FeatureLookup
) -> None:
    def wrong() -> LookupSteps[None]:
        yield [("homes", 2)]
        raise KeyError("a mistake")

    def wrongly_passed_on(result: Any) -> None:
        raise RuntimeError("the response cannot be sent")

    async def run() -> None:
        for _ in range(5):
            reads = read(lookup, ("homes", 4)), lookup.result_of(wrong())
            both = asyncio.gather(*reads, return_exceptions=True)
            await asyncio.sleep(0)
            lookup.supply(one_read(("homes", 2)), wrongly_passed_on)
            rows, mistake = await both
            assert rows == [KNOWN]
            assert isinstance(mistake, KeyError)

    asyncio.run(run())
    assert len(store.reads) == 5


def test_values_that_cannot_be_read_are_an_error_of_their_entity(
    store: FakeStore, lookup: FeatureLookup
) -> None:
    store.broken[b"homes 6"] = ValueError("found a text")

    async def run() -> None:
        for _ in range(5):
            (broken,), (known,) = await read_all(lookup, [("homes", 6)], [("homes", 2)])
            assert known == KNOWN
            message = "the stored values of homes 6 cannot be read: found a text"
            assert isinstance(broken, StoreUnavailableError)
            assert message in str(broken)

    asyncio.run(run())
    assert len(store.reads) == 5


def test_a_failing_store_is_refused_and_then_left_alone(
    store: FakeStore, lookup: FeatureLookup
) -> None:
    store.error = ConnectionError("away")
    for _ in range(5):
        (error,) = asyncio.run(read(lookup, ("homes", 2)))
        assert isinstance(error, StoreUnavailableError)
        assert (error.status, error.reason) == (503, "features")
        assert AWAY in str(error)
    assert len(store.reads) == 3


def test_a_slow_store_is_not_waited_for(store: FakeStore, impatient: FeatureLookup) -> None:
    store.delay_s = 0.5
    begin = time.monotonic()

    async def run() -> None:
        (error,) = await read(impatient, ("homes", 2))
        assert time.monotonic() - begin < 0.45
        assert "try again" in str(error)

    asyncio.run(run())


def test_a_trial_that_waits_behind_a_slow_read_does_not_keep_the_breaker_open(
    store: FakeStore, impatient: FeatureLookup
) -> None:
    now_s = 100.0
    impatient._breaker = CircuitBreaker(lambda: now_s)
    large: list[Entity] = [("homes", key) for key in range(2 * MAX_KEYS_PER_READ)]

    async def burst() -> list[list[LookedUpRow]]:
        return await read_all(impatient, large, [("homes", 2)], large, [("homes", 4)])

    # Longer than any time-out, however late a busy machine runs the timers.
    store.delay_s = 60.0
    for _ in range(4):
        for rows in asyncio.run(burst()):
            assert isinstance(rows[0], StoreUnavailableError)
        now_s += 1.0
    store.delay_s = 0.0
    # Idle now, and answered again by the first read.
    assert asyncio.run(read(impatient, ("homes", 2))) == [KNOWN]


def test_a_server_that_lacks_cpu_does_not_take_it_for_a_failure_of_the_store(
    store: FakeStore, impatient: FeatureLookup
) -> None:
    async def run_with_slow_turns(busy_s: float, turns: int) -> list[LookedUpRow]:
        loop = asyncio.get_running_loop()

        def keep_busy(left: int) -> None:
            time.sleep(busy_s)
            if left:
                loop.call_soon(keep_busy, left - 1)

        pending = asyncio.create_task(read(impatient, ("homes", 2)))
        await asyncio.sleep(0)
        loop.call_soon(keep_busy, turns)
        return await pending

    # One long turn, in which the reply arrives; then a reply in five turns that take 0.1 s.
    assert asyncio.run(run_with_slow_turns(0.3, 0)) == [KNOWN]
    store.turns = 5
    assert asyncio.run(run_with_slow_turns(0.02, 20)) == [KNOWN]
    assert impatient._breaker._consecutive_failures == 0


def test_a_store_is_kept_for_the_last_reads_of_a_model_that_is_replaced(
    store: FakeStore, settings: Settings
) -> None:
    lookup = FeatureLookup(homes_contract(), settings, ServerMetrics())

    async def run() -> None:
        await read(lookup, ("homes", 2))
        lookup.close()
        await asyncio.sleep(0)
        await read(lookup, ("homes", 4))

    asyncio.run(run())
    assert not store.is_closed
    lookup.close()
    assert store.is_closed
