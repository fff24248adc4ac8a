"""Large reads: split, with a time limit that grows with their keys."""

import asyncio

from homestead.features.stored_rows import Entity
from homestead.serving.errors import StoreUnavailableError
from homestead.serving.features.lookup import FeatureLookup
from homestead.serving.features.lookup_steps import read_in_parts
from homestead.serving.request_limits import KEYS_PER_TIMEOUT, MAX_KEYS_PER_READ
from tests.lookups import KNOWN, FakeStore, read, read_all


def test_a_large_read_is_split_and_small_ones_do_not_wait_for_it(
    store: FakeStore, lookup: FeatureLookup
) -> None:
    keys = range(2 * MAX_KEYS_PER_READ + 1)
    large: list[Entity] = [("homes", key) for key in keys]
    rows, small = asyncio.run(read_all(lookup, large, [("cells", 4)]))
    assert rows == [None if key % 2 else KNOWN for key in keys]
    assert small == [KNOWN]
    sizes = [len(read) for read in store.reads]
    assert sizes == [MAX_KEYS_PER_READ, MAX_KEYS_PER_READ + 1, 1]


def test_parts_are_asked_for_until_the_store_cannot_be_read(
    store: FakeStore, lookup: FeatureLookup
) -> None:
    keys = range(3 * MAX_KEYS_PER_READ + 1)
    entities: list[Entity] = [("homes", key) for key in keys]
    store.broken = {b"homes 2": ValueError("found a text")}
    rows = asyncio.run(lookup.result_of(read_in_parts(entities)))
    assert isinstance(rows[2], StoreUnavailableError)
    assert rows[3:] == [None if key % 2 else KNOWN for key in keys[3:]]
    assert [len(read) for read in store.reads] == [*[MAX_KEYS_PER_READ] * 3, 1]
    store.error, store.reads = ConnectionError("away"), []
    failed = asyncio.run(lookup.result_of(read_in_parts(entities)))
    assert len(failed) == len(entities)
    assert all(isinstance(row, StoreUnavailableError) for row in failed)
    assert len(store.reads) == 1
    assert asyncio.run(lookup.result_of(read_in_parts([]))) == []


def test_the_time_limit_grows_with_the_keys_and_the_refusal_names_it(
    store: FakeStore, impatient: FeatureLookup
) -> None:
    many: list[Entity] = [("homes", key) for key in range(4 * KEYS_PER_TIMEOUT)]
    store.delay_s = 0.1
    assert asyncio.run(read(impatient, *many))[0] == KNOWN
    store.delay_s = 0.3
    (error,) = asyncio.run(read(impatient, ("homes", 2)))
    message = "did not respond within 40 ms for 1 key (HOMESTEAD_LOOKUP_MS is 40 for each 50); try"
    assert message in str(error)
    store.delay_s = 1.0
    assert "within 160 ms for 200 keys" in str(asyncio.run(read(impatient, *many))[0])


def test_a_large_read_that_nobody_needs_any_more_is_not_continued(
    store: FakeStore, lookup: FeatureLookup
) -> None:
    many: list[Entity] = [("homes", key) for key in range(20 * MAX_KEYS_PER_READ)]

    async def run() -> object:
        large = asyncio.create_task(read(lookup, *many))
        while not store.reads:
            await asyncio.sleep(0.001)
        large.cancel()
        return await read(lookup, ("homes", 2))

    assert asyncio.run(run()) == [KNOWN]
    assert len(store.reads) < 5
