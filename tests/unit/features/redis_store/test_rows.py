"""Rows of Redis: several views at once, a Redis that closes connections, passwords, freshness."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hiredis
import pandas as pd
import pytest
import redis as redis_client

from homestead.features.feast_layout import encode_key, key_prefix, redis_field
from homestead.features.feast_objects import feast_objects, online_store
from homestead.features.freshness import write_freshness
from homestead.features.redis_store.rows import RedisRowReader
from homestead.features.stored_rows import StoredRow
from homestead.problem.contract import Contract
from homestead.problem.schema import Problem
from homestead.settings import Settings
from tests.conftest import Redis
from tests.factories import flats_problem
from tests.online import read_rows

TIME = datetime(2024, 5, 1, 12, 30, 0, 250_000, tzinfo=UTC)
SECONDS = TIME.timestamp()


@pytest.fixture
def problem() -> Problem:
    """Return a problem with an integer and a text key."""
    flats = flats_problem()
    view = flats.views["flat"]
    area = view.model_copy(update={"entity": "district", "columns": ("area", "floor")})
    return flats.model_copy(update={"views": {"flat": view, "district_facts": area}})


@pytest.fixture
def address(problem: Problem, settings: Settings, redis: str, tmp_path: Path) -> str:
    """Return the address of a Redis with rows of both views."""
    settings = settings.model_copy(update={"redis_connection": redis})
    store = online_store(problem.name, settings)
    store.apply(feast_objects(problem, tmp_path))
    flat = pd.DataFrame({"id": [7, 8], "event_timestamp": TIME, "age": [1 / 3, None]})
    facts = {"district": ["north"], "event_timestamp": TIME, "area": [80.5], "floor": [None]}
    store.write_to_online_store("flat", flat)
    store.write_to_online_store("district_facts", pd.DataFrame(facts).astype({"floor": float}))
    return redis


def test_rows_of_two_views_come_back_in_one_read(problem: Problem, address: str) -> None:
    flat, facts = Contract.from_problem(problem).views

    async def run() -> Any:
        reader = RedisRowReader(address, problem.name, timeout_s=5)
        entities = [*((flat, key) for key in (8, 7, 9)), (facts, "west"), (facts, "north")]
        rows = await read_rows(reader, entities)
        reader.close()
        return rows

    assert asyncio.run(run()) == [
        *(StoredRow({"age": None}, SECONDS), StoredRow({"age": 1 / 3}, SECONDS), None),
        *(None, StoredRow({"area": 80.5, "floor": None}, SECONDS)),
    ]


def test_a_connection_that_redis_has_closed_is_opened_anew(problem: Problem, address: str) -> None:
    (flat, _), (host, _, port) = Contract.from_problem(problem).views, address.partition(":")

    async def run() -> None:
        reader = RedisRowReader(address, problem.name, timeout_s=5)
        for _ in range(3):
            (row,) = await read_rows(reader, [(flat, 7)])
            assert row is not None
            with redis_client.Redis(host, int(port)) as client:
                client.client_kill_filter(_type="normal", skipme=True)
        reader.close()

    asyncio.run(run())


def test_a_redis_that_is_away_is_an_error_and_then_found_again(
    problem: Problem, redis_server: Redis
) -> None:
    (flat, _) = Contract.from_problem(problem).views

    async def run() -> None:
        reader = RedisRowReader(redis_server.address, problem.name, timeout_s=5)
        await read_rows(reader, [(flat, 7)])
        redis_server.stop()
        try:
            for _ in range(2):
                with pytest.raises((OSError, redis_client.RedisError)):
                    await read_rows(reader, [(flat, 7)])
        finally:
            redis_server.start()
        assert await read_rows(reader, [(flat, 7)]) == [None]  # its data are lost
        reader.close()

    asyncio.run(run())


def test_the_newest_times_are_read_where_they_were_written(
    redis: str, problem: Problem, settings: Settings
) -> None:
    settings = settings.model_copy(update={"redis_connection": redis})
    reader = RedisRowReader(redis, problem.name, timeout_s=5)
    write_freshness(problem.name, {"flat": SECONDS}, settings)
    write_freshness(problem.name, {"flat": SECONDS + 1, "district_facts": 0.5}, settings)
    assert reader.freshness() == {"flat": SECONDS + 1, "district_facts": 0.5}


def test_a_key_that_holds_something_else_fails_alone(
    problem: Problem, address: str, settings: Settings
) -> None:
    (flat, _), (host, _, port) = Contract.from_problem(problem).views, address.partition(":")

    async def run() -> Any:
        reader = RedisRowReader(address, problem.name, timeout_s=5)
        try:
            keys = (7, 10, 11, 8)
            return await read_rows(reader, [(flat, key) for key in keys])
        finally:
            reader.close()

    def redis_key(key: int) -> bytes:
        return encode_key(key_prefix("id"), key) + problem.name.encode()

    with redis_client.Redis(host, int(port)) as client:
        client.set(redis_key(10), "no hash")
        text = b"\x12\x01x"  # a value of Feast's type string
        client.hset(redis_key(11), "_ts:flat", b"\x08\x01")
        client.hset(redis_key(11), redis_field("flat", "age"), text)
    first, other_type, not_a_number, last = asyncio.run(run())
    assert (first, last) == (StoredRow({"age": 1 / 3}, SECONDS), StoredRow({"age": None}, SECONDS))
    assert "WRONGTYPE" in str(other_type)
    assert "allowed are numbers" in str(not_a_number)


def test_an_error_of_the_server_fails_the_whole_read(problem: Problem, address: str) -> None:
    (flat, _), (host, _, port) = Contract.from_problem(problem).views, address.partition(":")

    async def run() -> None:
        reader = RedisRowReader(f"{address},username=nobody,password=x", problem.name, timeout_s=5)
        try:
            await read_rows(reader, [(flat, 7)])
        finally:
            reader.close()

    with redis_client.Redis(host, int(port)) as client:
        client.acl_setuser("nobody", enabled=True, passwords=["+x"], commands=["-@all", "+auth"])
        with pytest.raises((hiredis.ReplyError, redis_client.RedisError), match=r"(?i)permission"):
            asyncio.run(run())


def test_a_connection_that_opens_slowly_serves_the_next_read(
    problem: Problem, address: str
) -> None:
    (flat, _) = Contract.from_problem(problem).views

    async def run() -> None:
        reader = RedisRowReader(address, problem.name, timeout_s=5)
        given_up: list[Any] = []
        reader.start_read([reader.encode(flat, 7)], given_up.append)
        await asyncio.sleep(0)
        opening = reader._channel._connecting
        reader.cancel_read()
        assert await read_rows(reader, [(flat, 7)]) == [StoredRow({"age": 1 / 3}, SECONDS)]
        assert reader._channel._connecting is opening
        assert given_up == []
        reader.close()

    asyncio.run(run())


def test_some_keys_are_those_of_the_view_in_a_redis_that_others_fill_too(
    problem: Problem, address: str
) -> None:
    flat, facts = Contract.from_problem(problem).views
    host, _, port = address.partition(":")
    with redis_client.Redis(host, int(port)) as client:
        client.set(b"other", b"1")
        client.hset(encode_key(key_prefix("id"), 99) + problem.name.encode(), "other", "1")
        client.hset(encode_key(key_prefix("id"), 98) + b"other_" + problem.name.encode(), "a", "1")
    reader = RedisRowReader(address, problem.name, timeout_s=5)
    keys = set(reader.some_keys(flat, 9))
    assert {7, 8} <= keys
    assert keys.isdisjoint({98, 99})
    assert reader.some_keys(facts, 5) == ["north"]
    assert len(reader.some_keys(flat, 1)) == 1
