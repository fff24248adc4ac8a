"""Rows of Feast's Redis store: the reads of all views and entities in one round trip."""

import struct
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from homestead.features.feast_layout import (
    DOUBLE_TAG,
    decode_time,
    decode_value,
    encode_key,
    key_prefix,
    redis_field,
)
from homestead.features.redis_connection import RedisConnection, parse_connection_string
from homestead.features.stored_rows import StoredRow, ViewKeys
from homestead.problem.contract import ContractView

# For what no request waits for.
_POLL_TIMEOUT_S = 2.0


class _ReadCommand(NamedTuple):
    """What the commands that read one view have in common."""

    head: bytes
    key_prefix: bytes
    tail: bytes


class RedisRowReader:
    """Reads entities on the event loop.

    A hash holds one entity's values in all views. Its key is the serialized entity key followed
    by the project; a feature's field is the hash of ``view:feature``, a view's event time stands
    in ``_ts:view``.
    """

    def __init__(self, connection_string: str, project: str, timeout_s: float) -> None:
        """Connect when the first rows are read.

        Args:
            timeout_s: of connecting, unless the connection string sets another.
        """
        self._options = {
            "socket_timeout": timeout_s,
            "socket_connect_timeout": timeout_s,
            **parse_connection_string(connection_string),
        }
        self._project = project.encode()
        self._connection: RedisConnection | None = None
        self._commands: dict[str, _ReadCommand] = {}

    async def read(self, view_keys: ViewKeys) -> list[list[StoredRow | None]]:
        """Return the rows of each view's keys in their order, None for an unknown entity.

        Raises:
            redis.RedisError, hiredis.ReplyError, OSError: Redis cannot be read.
        """
        parts = []
        for view, keys in view_keys:
            head, prefix, tail = self._command(view)
            for key in keys:
                hash_key = encode_key(prefix, key) + self._project
                parts.append(b"%b$%d\r\n%b\r\n%b" % (head, len(hash_key), hash_key, tail))
        replies = iter(await self._call(b"".join(parts), len(parts)))
        return [[_row(view, next(replies)) for _ in keys] for view, keys in view_keys]

    def freshness(self) -> dict[str, float]:
        """Return the newest event time of each view, as :func:`write_redis_freshness` wrote it.

        May be called in any thread.

        Raises:
            redis.RedisError: Redis cannot be read.
        """
        options = {
            "retry": Retry(NoBackoff(), 1),
            **self._options,
            "socket_timeout": _POLL_TIMEOUT_S,
        }
        with redis.Redis(**options) as client:
            stored: Any = client.hgetall(freshness_key(self._project.decode()))
        return {view.decode(): float(time) for view, time in stored.items()}

    def close(self) -> None:
        """Close the connection; to be called on its event loop."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _call(self, commands: bytes, count: int) -> list[Any]:
        connection = self._connection
        if connection is not None and connection.is_usable:
            try:
                return await connection.call(commands, count)
            except ConnectionError:
                pass  # Redis or what is between may close an idle connection: open it anew, once.
        self._connection = connection = await RedisConnection.open(self._options)
        return await connection.call(commands, count)

    def _command(self, view: ContractView) -> _ReadCommand:
        command = self._commands.get(view.name)
        if command is None:
            fields = [redis_field(view.name, feature) for feature in view.features]
            fields.append(b"_ts:" + view.name.encode())
            tail = b"".join(b"$%d\r\n%b\r\n" % (len(field), field) for field in fields)
            head = b"*%d\r\n$5\r\nHMGET\r\n" % (len(fields) + 2)
            command = _ReadCommand(head, key_prefix(view.entity), tail)
            self._commands[view.name] = command
        return command


def freshness_key(project: str) -> str:
    """Return the key of the hash that holds the newest event time of each view."""
    return f"homestead:freshness:{project}"


def write_redis_freshness(connection_string: str, project: str, times: dict[str, float]) -> None:
    """Note the newest event time of each view, in seconds since 1970."""
    with redis.Redis(**parse_connection_string(connection_string)) as client:
        client.hset(freshness_key(project), mapping={name: repr(t) for name, t in times.items()})


def _row(view: ContractView, reply: Sequence[bytes | None]) -> StoredRow | None:
    *contents, time = reply
    if time is None:
        return None
    numbers = _doubles(contents)
    if numbers is None:
        numbers = [decode_value(content) for content in contents]
    return StoredRow(dict(zip(view.features, numbers, strict=True)), decode_time(time))


def _doubles(contents: Sequence[bytes | None]) -> Sequence[float | None] | None:
    """Return numbers that are all doubles, which is the usual and the fastest case; else None."""
    try:
        joined = b"".join(contents)  # type: ignore[arg-type]
    except TypeError:  # an absent value
        return None
    count = len(contents)
    if joined[::9] != DOUBLE_TAG * count or set(map(len, contents)) != {9}:  # type: ignore[arg-type]
        return None
    return _unpacker(count)(joined)


@cache
def _unpacker(count: int) -> Callable[[bytes], tuple[float, ...]]:
    return struct.Struct("<" + "xd" * count).unpack
