"""The slots of a Redis Cluster, as its nodes tell them."""

import asyncio

import hiredis
import pytest
import redis

from homestead.features.redis_store.slots import SlotMap, parse_slots, redirected_node, slot_of
from homestead.redis_address import parse_redis
from tests.conftest import Redis

ASKED = ("seed", 7000)


def test_keys_are_hashed_as_the_specification_says() -> None:
    assert slot_of(b"123456789") == 0x31C3  # of the Redis Cluster specification
    assert slot_of(b"{user}.a") == slot_of(b"{user}.b") == slot_of(b"user")
    assert slot_of(b"{}a") != slot_of(b"{}b")


def test_a_node_without_a_name_is_the_one_that_was_asked() -> None:
    nodes = parse_slots(
        [
            [0, 1, [b"a", 1, b"id", []], [b"replica", 9, b"id"]],
            [2, 2, [b"", 2, b"id", []]],
            [3, 3, [None, 3, b"id", []]],
            [4, 4, [b"?", 4, b"id", []]],
        ],
        ASKED,
    )
    assert nodes[:6] == [("a", 1), ("a", 1), ("seed", 2), ("seed", 3), ("seed", 4), None]
    assert len(nodes) == 16_384


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("MOVED 3999 127.0.0.1:6381", (False, ("127.0.0.1", 6381))),
        ("MOVED 3999 fd00::1:6381", (False, ("fd00::1", 6381))),
        ("MOVED 3999 :6381", (False, ("seed", 6381))),
        ("ASK 7 redis-1.example:1", (True, ("redis-1.example", 1))),
        ("CLUSTERDOWN Hash slot not served", None),
    ],
)
def test_a_reply_may_send_a_command_to_another_node(reply: str, expected: object) -> None:
    assert redirected_node(hiredis.ReplyError(reply), ASKED) == expected


def test_loads_at_the_same_time_are_one_and_all_who_wait_are_told(redis_server: Redis) -> None:
    slots = SlotMap(parse_redis(f"redis-cluster://{redis_server.address}"), 2)
    errors: list[Exception | None] = []

    async def run() -> None:
        for _ in range(3):
            slots.load(errors.append)
        slots.load()
        assert slots._loading is not None
        await slots._loading

    asyncio.run(run())
    assert len(errors) == 3
    assert len(set(map(id, errors))) == 1
    assert isinstance(errors[0], redis.RedisError)
    assert "write redis:// in place of redis-cluster://" in str(errors[0])
    assert slots.nodes == []
