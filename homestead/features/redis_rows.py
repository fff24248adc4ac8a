"""Rows of Feast's Redis store: the reads of all views and entities in one round trip."""

import asyncio
import re
import struct
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from homestead.features.feast_layout import (
    decode_doubles,
    decode_key,
    decode_time,
    decode_value,
    encode_key,
    key_prefix,
    redis_field,
)
from homestead.features.redis_connection import RedisConnection, parse_connection_string
from homestead.features.stored_rows import EncodedEntity, ReadCallback, RowResult, StoredRow
from homestead.problem.contract import ContractView
from homestead.problem.entity_keys import EntityKey

# For what no request waits for.
_POLL_TIMEOUT_S = 2.0
# A request may give up earlier; the connection then serves the next one.
_MIN_CONNECT_TIMEOUT_S = 1.0
# A search for keys ends after that many steps, whatever else Redis holds.
_MAX_SCANS, _KEYS_PER_SCAN = 50, 500
_GLOB_CHARACTERS = re.compile(rb"[*?\[\]\\^-]")
# Redis's error for one key that holds no hash; every other error concerns the server.
_OTHER_TYPE = "WRONGTYPE"


class _ReadCommand(NamedTuple):
    """What the commands that read one view have in common."""

    head: bytes
    key_prefix: bytes
    tail: bytes


class _Call(NamedTuple):
    """A read that is sent or waits for a connection."""

    entities: Sequence[EncodedEntity]
    done: ReadCallback


class RedisRowReader:
    """Reads entities on the event loop.

    A hash holds one entity's values in all views. Its key is the serialized entity key followed
    by the project; a feature's field is the hash of ``view:feature``, a view's event time stands
    in ``_ts:view``.
    """

    def __init__(self, connection_string: str, project: str, timeout_s: float) -> None:
        """Connect when the first rows are read.

        Args:
            timeout_s: of connecting, unless it is shorter than a second or the connection string
                sets another.
        """
        timeout_s = max(timeout_s, _MIN_CONNECT_TIMEOUT_S)
        self._options = {
            "socket_timeout": timeout_s,
            "socket_connect_timeout": timeout_s,
            **parse_connection_string(connection_string),
        }
        self._project = project.encode()
        self._connection: RedisConnection | None = None
        self._connecting: asyncio.Task[None] | None = None
        # The read that waits for the connection.
        self._waiting: _Call | None = None
        self._commands: dict[str, _ReadCommand] = {}

    def encode(self, view: ContractView, key: EntityKey) -> EncodedEntity:
        """Return the command that reads an entity's row.

        Raises:
            ValueError, struct.error: the store cannot hold such a key.
        """
        head, prefix, tail = self._command(view)
        hash_key = encode_key(prefix, key) + self._project
        return EncodedEntity(view, b"%b$%d\r\n%b\r\n%b" % (head, len(hash_key), hash_key, tail))

    def start_read(self, entities: Sequence[EncodedEntity], done: ReadCallback) -> None:
        """Read rows; a whole read fails with redis.RedisError, hiredis.ReplyError or OSError."""
        call = _Call(entities, done)
        connection = self._connection
        if connection is not None and connection.is_usable:
            self._send(connection, call, is_new=False)
        else:
            self._send_when_connected(call)

    def cancel_read(self) -> None:
        """Give up the read that runs; a connection that is being opened can serve the next."""
        self._waiting = None
        if self._connection is not None:
            # Replies that come later must not be taken for those of the next read.
            self._connection.close()
            self._connection = None

    def freshness(self) -> dict[str, float]:
        """Return the newest event time of each view, as :func:`write_redis_freshness` wrote it.

        May be called in any thread.

        Raises:
            redis.RedisError: Redis cannot be read.
        """
        with self._client() as client:
            stored: Any = client.hgetall(freshness_key(self._project.decode()))
        return {view.decode(): float(time) for view, time in stored.items()}

    def some_keys(self, view: ContractView, count: int) -> list[EntityKey]:
        """Return up to ``count`` keys that the view has rows of, found without reading all.

        May be called in any thread. In a Redis that other projects fill, it may find none.

        Raises:
            redis.RedisError: Redis cannot be read.
        """
        prefix, mark = key_prefix(view.entity), b"_ts:" + view.name.encode()
        pattern = _GLOB_CHARACTERS.sub(rb"\\\g<0>", prefix) + b"*" + self._project
        found: list[EntityKey] = []
        with self._client() as client:
            cursor = 0
            for _ in range(_MAX_SCANS):
                page: Any = client.scan(cursor, pattern, _KEYS_PER_SCAN)
                cursor, names = page
                for name in names:
                    # It may be a key of a longer project's name, or hold no hash.
                    with suppress(ValueError, struct.error, redis.ResponseError):
                        if len(found) < count and client.hexists(name, mark):
                            end = len(name) - len(self._project)
                            found.append(decode_key(prefix, name[:end]))
                if cursor == 0 or len(found) == count:
                    break
        return found

    def _client(self) -> redis.Redis:
        """Return a client for what no request waits for."""
        options = {
            "retry": Retry(NoBackoff(), 1),
            **self._options,
            "socket_timeout": _POLL_TIMEOUT_S,
        }
        return redis.Redis(**options)

    def close(self) -> None:
        """Close the connection; to be called on its event loop."""
        self.cancel_read()
        if self._connecting is not None:
            self._connecting.cancel()

    def _send(self, connection: RedisConnection, call: _Call, is_new: bool) -> None:
        def done(replies: list[Any] | Exception) -> None:
            if isinstance(replies, ConnectionError) and not is_new:
                # Redis or what is between may close an idle connection: open it anew, once.
                self._send_when_connected(call)
            elif isinstance(replies, Exception):
                call.done(replies)
            else:
                call.done(_rows(call.entities, replies))

        commands = b"".join([entity.content for entity in call.entities])
        connection.call(commands, len(call.entities), done)

    def _send_when_connected(self, call: _Call) -> None:
        self._waiting = call
        if self._connecting is None or self._connecting.done():
            self._connecting = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        connection: RedisConnection | None = None
        error: Exception | None = None
        try:
            connection = await RedisConnection.open(self._options)
        except Exception as reason:
            error = reason
        self._connection = connection
        call, self._waiting = self._waiting, None
        if call is not None:
            if connection is not None:
                self._send(connection, call, is_new=True)
            elif error is not None:
                call.done(error)

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


def _rows(entities: Sequence[EncodedEntity], replies: list[Any]) -> list[RowResult] | Exception:
    """Return rows from Redis's replies, or the error if it refuses every read."""
    rows: list[RowResult] = []
    for entity, reply in zip(entities, replies, strict=True):
        if isinstance(reply, Exception):
            if not str(reply).startswith(_OTHER_TYPE):
                return reply
            rows.append(reply)
            continue
        try:
            rows.append(_row(entity.view, reply))
        except Exception as error:
            # Whatever is stored there, it concerns this row alone.
            rows.append(error)
    return rows


def _row(view: ContractView, reply: Sequence[bytes | None]) -> StoredRow | None:
    *contents, time = reply
    if time is None:
        return None
    numbers = decode_doubles(contents)
    if numbers is None:
        numbers = [decode_value(content) for content in contents]
    return StoredRow(dict(zip(view.features, numbers, strict=True)), decode_time(time))
