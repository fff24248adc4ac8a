"""Rows of a Redis Cluster: several slots in one read, slots that move, nodes that are away."""

import asyncio
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import redis

from homestead.features.feast_layout import encode_key, key_prefix
from homestead.features.feast_objects import feast_objects, online_store
from homestead.features.freshness import write_freshness
from homestead.features.online_reader import row_reader
from homestead.features.redis_store.cluster_rows import RedisClusterRowReader
from homestead.features.redis_store.rows import RowUnavailableError
from homestead.features.redis_store.slots import slot_of
from homestead.features.stored_rows import StoredRow
from homestead.problem.contract import Contract, ContractView
from homestead.problem.entity_keys import EntityKey
from homestead.problem.schema import Problem
from homestead.settings import Settings
from tests.online import read_rows
from tests.redis_servers import Cluster

TIME = pd.Timestamp("2024-05-01 12:30", tz="UTC")
KEYS = range(60)
DISTRICTS = ["north", "{a}", "{b}x{a}", "a}{b"]  # hash tags count
EXPECTED = {key: StoredRow({"age": key / 3}, TIME.timestamp()) for key in KEYS}


@pytest.fixture
def views(
    cluster: Cluster, problem: Problem, settings: Settings, tmp_path: Path
) -> Iterator[Sequence[ContractView]]:
    """Return the views of rows that Feast has written to the cluster."""
    settings = settings.model_copy(update={"redis_connection": cluster.url()})
    store = online_store(problem.name, settings)
    store.apply(feast_objects(problem, tmp_path))
    flats = pd.DataFrame({"id": KEYS, "event_timestamp": TIME, "age": [k / 3 for k in KEYS]})
    facts = {"district": DISTRICTS, "event_timestamp": TIME, "area": 80.5, "floor": 2.0}
    store.write_to_online_store("flat", flats)
    store.write_to_online_store("district_facts", pd.DataFrame(facts))
    write_freshness(problem.name, {"flat": 1.5}, settings)
    yield Contract.from_problem(problem).views


def reader_of(
    cluster: Cluster, problem: Problem, nodes: int = 3, timeout_s: float = 5
) -> RedisClusterRowReader:
    return RedisClusterRowReader(cluster.url("reader", nodes=nodes), problem.name, timeout_s)


def redis_key(problem: Problem, key: EntityKey) -> bytes:
    return encode_key(key_prefix("id"), key) + problem.name.encode()


def node_of(cluster: Cluster, problem: Problem, key: EntityKey) -> int:
    """Return which node's slots hold a flat."""
    return slot_of(redis_key(problem, key)) * 3 // 16_384


async def rows(reader: RedisClusterRowReader, view: ContractView, keys: Any = KEYS) -> list[Any]:
    return await read_rows(reader, [(view, key) for key in keys])


def test_a_batch_over_several_slots_is_one_read(
    cluster: Cluster, problem: Problem, views: Sequence[ContractView], settings: Settings
) -> None:
    flat, facts = views
    assert {node_of(cluster, problem, key) for key in KEYS} == {0, 1, 2}
    asked = [*((flat, key) for key in (*KEYS, 999)), *((facts, name) for name in DISTRICTS)]
    settings = settings.model_copy(update={"redis_connection": cluster.url(tls=False)})
    plain = row_reader(Contract.from_problem(problem), settings)
    assert isinstance(plain, RedisClusterRowReader)

    async def run(reader: Any) -> Any:
        found = await read_rows(reader, asked)
        again = await read_rows(reader, asked)
        reader.close()
        return found, again

    for reader in (reader_of(cluster, problem, nodes=1), plain):
        found, again = asyncio.run(run(reader))
        assert found == again
        assert found[: len(KEYS)] == list(EXPECTED.values())
        assert found[len(KEYS)] is None
        assert found[-1] == StoredRow({"area": 80.5, "floor": 2.0}, TIME.timestamp())
        assert all(found[len(KEYS) + 1 :])


@pytest.mark.usefixtures("views")
def test_freshness_and_keys_come_from_all_nodes(cluster: Cluster, problem: Problem) -> None:
    reader = reader_of(cluster, problem)
    assert reader.freshness() == {"flat": 1.5}
    flat, facts = Contract.from_problem(problem).views
    assert set(KEYS) <= set(reader.some_keys(flat, 1000))
    assert len(reader.some_keys(flat, 7)) == 7
    assert set(reader.some_keys(facts, 10)) == set(DISTRICTS)


def test_slots_that_move_are_followed(
    cluster: Cluster, problem: Problem, views: Sequence[ContractView]
) -> None:
    key = next(key for key in KEYS if node_of(cluster, problem, key) == 0)
    name, slot = redis_key(problem, key), slot_of(redis_key(problem, key))
    source, target = (cluster.nodes[at].client for at in (0, 1))
    ids = [client.execute_command("CLUSTER MYID").decode() for client in (source, target)]

    async def run() -> None:
        reader = reader_of(cluster, problem)
        try:
            assert await rows(reader, views[0]) == list(EXPECTED.values())
            # In between: the source answers ASK, the target only after ASKING.
            target.execute_command("CLUSTER SETSLOT", slot, "IMPORTING", ids[0])
            source.execute_command("CLUSTER SETSLOT", slot, "MIGRATING", ids[1])
            content = source.dump(name)
            with target.pipeline(transaction=False) as pipe:
                pipe.execute_command("ASKING")
                pipe.execute_command("RESTORE", name, 0, content)
                pipe.execute()
            source.delete(name)
            assert await rows(reader, views[0]) == list(EXPECTED.values())
            for client in (target, source, cluster.nodes[2].client):
                client.execute_command("CLUSTER SETSLOT", slot, "NODE", ids[1])
            # The reader's map is old: MOVED.
            reader._slots._loaded_at = asyncio.get_running_loop().time()
            assert reader._slots.nodes[slot] == ("127.0.0.1", cluster.nodes[0].tls_port)
            assert await rows(reader, views[0]) == list(EXPECTED.values())
            assert reader._slots.nodes[slot] == ("127.0.0.1", cluster.nodes[1].tls_port)
        finally:
            reader.close()

    try:
        asyncio.run(run())
    finally:
        target.delete(name)
        for client in (source, target, cluster.nodes[2].client):
            client.execute_command("CLUSTER SETSLOT", slot, "NODE", ids[0])


def test_without_one_node_the_rows_of_the_others_are_read(
    cluster: Cluster, problem: Problem, views: Sequence[ContractView]
) -> None:
    async def run() -> None:
        reader = reader_of(cluster, problem)
        try:
            assert await rows(reader, views[0]) == list(EXPECTED.values())
            cluster.nodes[2].stop()
            for _ in range(2):
                for key, row in zip(KEYS, await rows(reader, views[0]), strict=True):
                    if node_of(cluster, problem, key) == 2:
                        assert isinstance(row, RowUnavailableError)
                        assert "127.0.0.1" not in str(row)
                    else:
                        assert row == EXPECTED[key]
            alone = next(key for key in KEYS if node_of(cluster, problem, key) == 2)
            with pytest.raises(redis.ConnectionError, match=r"Redis Cluster at .* no answer"):
                await rows(reader, views[0], [alone])
        finally:
            reader.close()
            cluster.restart(2)

    asyncio.run(run())


def test_a_node_that_hangs_spoils_no_later_read(
    cluster: Cluster, problem: Problem, views: Sequence[ContractView]
) -> None:
    here = [key for key in KEYS if node_of(cluster, problem, key) != 1]

    async def run() -> None:
        reader = reader_of(cluster, problem)
        try:
            await rows(reader, views[0])
            cluster.nodes[1].process.send_signal(signal.SIGSTOP)
            late: list[Any] = []
            reader.start_read([reader.encode(views[0], key) for key in KEYS], late.append)
            await asyncio.sleep(0.1)
            reader.cancel_read()
            for _ in range(2):
                assert await rows(reader, views[0], here) == [EXPECTED[key] for key in here]
            assert late == []
        finally:
            cluster.nodes[1].process.send_signal(signal.SIGCONT)
        assert await rows(reader, views[0]) == list(EXPECTED.values())
        reader.close()

    asyncio.run(run())


def test_a_cluster_that_is_away_is_an_error_with_a_remedy(problem: Problem) -> None:
    reader = RedisClusterRowReader("redis-cluster://127.0.0.1:1,127.0.0.1:2", problem.name, 1)
    flat = Contract.from_problem(problem).views[0]

    async def run() -> None:
        with pytest.raises(redis.ConnectionError, match=r"no answer .* check that it runs"):
            await rows(reader, flat)
        reader.close()

    asyncio.run(run())
    with pytest.raises(redis.ConnectionError, match=r"no answer .* check that it runs"):
        reader.freshness()
