"""The way to a server: opened when it is used, opened anew when it was lost, given up."""

import asyncio
import functools
from typing import Any

import pytest
import redis as redis_client

from homestead.features.redis_store.channel import RedisChannel
from homestead.features.redis_store.connection import RedisConnection
from homestead.redis_address import parse_redis

ECHO = b"*2\r\n$4\r\nECHO\r\n$1\r\n7\r\n"
BLOCK = b"*3\r\n$5\r\nBLPOP\r\n$7\r\nnothing\r\n$2\r\n30\r\n"


def channel_to(address: str) -> RedisChannel:
    return RedisChannel(functools.partial(RedisConnection.open, parse_redis(address), timeout_s=2))


async def call(channel: RedisChannel, commands: bytes = ECHO) -> Any:
    result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    channel.call(commands, 1, result.set_result)
    replies = await result
    if isinstance(replies, Exception):
        raise replies
    return replies


def test_a_lost_connection_is_opened_anew_once(redis: str) -> None:
    host, _, port = redis.partition(":")

    async def run() -> None:
        channel = channel_to(redis)
        assert await call(channel) == [b"7"]
        with redis_client.Redis(host, int(port)) as client:
            client.client_kill_filter(_type="normal", skipme=True)
        assert await call(channel) == [b"7"]
        channel.close()

    asyncio.run(run())


def test_a_call_that_is_given_up_leaves_the_way_open(redis: str) -> None:
    async def run() -> None:
        channel = channel_to(redis)
        late: list[Any] = []
        assert await call(channel) == [b"7"]
        channel.call(BLOCK, 1, late.append)
        await asyncio.sleep(0.02)
        channel.cancel()
        assert await call(channel) == [b"7"]
        assert late == []
        channel.close()

    asyncio.run(run())


def test_a_server_that_is_away_is_the_error_of_the_call() -> None:
    async def run() -> None:
        channel = channel_to("127.0.0.1:1")
        with pytest.raises(redis_client.ConnectionError, match="no answer"):
            await call(channel)
        channel.close()

    asyncio.run(run())
