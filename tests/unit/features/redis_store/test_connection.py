"""The connection to Redis: its options, replies in order, errors, calls that are given up."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import hiredis
import pytest
import redis as redis_client

from homestead.features.redis_store.connection import RedisConnection
from homestead.redis_address import parse_redis
from tests.conftest import Redis

ECHO_1, ECHO_2 = (b"*2\r\n$4\r\nECHO\r\n$1\r\n%d\r\n" % number for number in (1, 2))
BLOCK = b"*3\r\n$5\r\nBLPOP\r\n$7\r\nnothing\r\n$2\r\n30\r\n"


def with_connection(text: str, use: Callable[[RedisConnection], Awaitable[None]]) -> None:
    async def run() -> None:
        connection = await RedisConnection.open(parse_redis(text))
        try:
            await use(connection)
        finally:
            connection.close()

    asyncio.run(run())


async def call(connection: RedisConnection, commands: bytes, count: int) -> list[Any]:
    result: asyncio.Future[list[Any] | Exception] = asyncio.get_running_loop().create_future()
    connection.call(commands, count, result.set_result)
    replies = await result
    if isinstance(replies, Exception):
        raise replies
    return replies


def test_replies_come_back_in_order(redis: str) -> None:
    async def use(connection: RedisConnection) -> None:
        assert await call(connection, ECHO_1 + ECHO_2, 2) == [b"1", b"2"]
        assert await call(connection, ECHO_2, 1) == [b"2"]

    with_connection(redis, use)


def test_an_error_of_redis_is_a_reply_and_the_connection_stays_usable(redis: str) -> None:
    async def use(connection: RedisConnection) -> None:
        error, echo = await call(connection, b"*1\r\n$4\r\nNOPE\r\n" + ECHO_1, 2)
        assert isinstance(error, hiredis.ReplyError)
        assert "unknown command" in str(error)
        assert echo == b"1"
        assert connection.is_usable
        assert await call(connection, ECHO_2, 1) == [b"2"]

    with_connection(redis, use)


def test_a_connection_that_is_closed_forgets_its_call(redis: str) -> None:
    async def use(connection: RedisConnection) -> None:
        results: list[Any] = []
        connection.call(BLOCK, 1, results.append)
        connection.close()
        await asyncio.sleep(0.05)
        assert results == []
        assert not connection.is_usable

    with_connection(redis, use)


def test_a_connection_that_is_lost_fails_the_call(redis: str) -> None:
    host, _, port = redis.partition(":")

    async def use(connection: RedisConnection) -> None:
        blocked = asyncio.create_task(call(connection, BLOCK, 1))
        await asyncio.sleep(0.05)
        with redis_client.Redis(host, int(port)) as client:
            client.client_kill_filter(_type="normal", skipme=True)
        with pytest.raises(ConnectionError, match="Redis closed the connection"):
            await blocked
        assert not connection.is_usable

    with_connection(redis, use)


def test_password_and_database_of_the_connection_string_are_used(
    program: Callable[[str, str], str], tmp_path: Path
) -> None:
    server = Redis(program("redis-server", "redis-server"), tmp_path, "--requirepass", "a=secret")
    try:

        async def use(connection: RedisConnection) -> None:
            await call(connection, b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n", 1)

        with_connection(f"{server.address},password=a=secret,db=3", use)
        host, _, port = server.address.partition(":")
        options: dict[str, Any] = {"db": 3, "password": "a=secret"}
        with redis_client.Redis(host, int(port), **options) as client:
            assert client.get("k") == b"v"
        with pytest.raises(redis_client.AuthenticationError):
            with_connection(f"{server.address},password=wrong", use)
    finally:
        server.stop()
