"""Rows of Feast's Redis store: the reads of all views and entities in one round trip."""

import functools
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
from homestead.features.redis_store.channel import RedisChannel
from homestead.features.redis_store.clients import open_client
from homestead.features.redis_store.connection import RedisConnection
from homestead.features.redis_store.failures import REDIS_ERRORS, explained
from homestead.features.stored_rows import EncodedEntity, ReadCallback, RowResult, StoredRow
from homestead.problem.contract import ContractView
from homestead.problem.entity_keys import EntityKey
from homestead.redis_address import RedisAddress, parse_redis

# For what no request waits for.
_POLL_TIMEOUT_S = 2.0
# A request may give up earlier; the connection then serves the next one.
_MIN_CONNECT_TIMEOUT_S = 1.0
# A search for keys ends after that many steps, whatever else Redis holds.
_MAX_SCANS, _KEYS_PER_SCAN = 50, 500
_GLOB_CHARACTERS = re.compile(rb"[*?\[\]\\^-]")
# Redis's error for one key that holds no hash; every other error concerns the server.
_OTHER_TYPE = "WRONGTYPE"


class RowUnavailableError(Exception):
    """The rows of a part of the store cannot be read, while others can."""


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

    def __init__(self, address: str, project: str, timeout_s: float) -> None:
        """Connect when the first rows are read.

        Args:
            address: see :mod:`homestead.redis_address`.
            timeout_s: of connecting, unless it is shorter than a second or the address sets
                another.

        Raises:
            ValueError: the address cannot be read.
        """
        self._address = parse_redis(address)
        self._timeout_s = max(timeout_s, _MIN_CONNECT_TIMEOUT_S)
        self._project = project.encode()
        self._commands: dict[str, _ReadCommand] = {}
        connect = functools.partial(RedisConnection.open, self._address, timeout_s=self._timeout_s)
        self._channel = RedisChannel(connect)

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

        def finish(replies: list[Any] | Exception) -> None:
            if isinstance(replies, Exception):
                done(replies)
            else:
                done(rows_of(entities, replies, self._address))

        self._channel.call(b"".join([e.content for e in entities]), len(entities), finish)

    def cancel_read(self) -> None:
        """Give up the read that runs; a connection that is being opened can serve the next."""
        self._channel.cancel()

    def freshness(self) -> dict[str, float]:
        """Return the newest event time of each view, as :func:`write_redis_freshness` wrote it.

        May be called in any thread.

        Raises:
            redis.RedisError: Redis cannot be read; the message says what to do.
        """
        try:
            with self._client() as client:
                stored: Any = client.hgetall(freshness_key(self._project.decode()))
        except REDIS_ERRORS as error:
            raise explained(error, self._address) from error
        return {view.decode(): float(time) for view, time in stored.items()}

    def some_keys(self, view: ContractView, count: int) -> list[EntityKey]:
        """Return up to ``count`` keys that the view has rows of, found without reading all.

        May be called in any thread. In a Redis that other projects fill, it may find none.

        Raises:
            redis.RedisError: Redis cannot be read.
        """
        found: list[EntityKey] = []
        with self._client() as client:
            for server in _servers(client):
                found += self._scan(server, view, count - len(found))
                if len(found) == count:
                    break
        return found

    def _scan(self, server: Any, view: ContractView, count: int) -> list[EntityKey]:
        """Return up to ``count`` keys of the view that one server holds."""
        prefix, mark = key_prefix(view.entity), b"_ts:" + view.name.encode()
        pattern = _GLOB_CHARACTERS.sub(rb"\\\g<0>", prefix) + b"*" + self._project
        found: list[EntityKey] = []
        cursor = 0
        for _ in range(_MAX_SCANS):
            page: Any = server.scan(cursor, pattern, _KEYS_PER_SCAN)
            cursor, names = page
            for name in names:
                # It may be a key of a longer project's name, or hold no hash.
                with suppress(ValueError, struct.error, redis.ResponseError):
                    if len(found) < count and server.hexists(name, mark):
                        end = len(name) - len(self._project)
                        found.append(decode_key(prefix, name[:end]))
            if cursor == 0 or len(found) == count:
                break
        return found

    def _client(self) -> Any:
        """Return a client for what no request waits for."""
        return open_client(
            self._address,
            retry=Retry(NoBackoff(), 1),
            socket_timeout=_POLL_TIMEOUT_S,
            socket_connect_timeout=_POLL_TIMEOUT_S,
        )

    def close(self) -> None:
        """Close the connection; to be called on its event loop."""
        self._channel.close()

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


def write_redis_freshness(address: str, project: str, times: dict[str, float]) -> None:
    """Note the newest event time of each view, in seconds since 1970."""
    with open_client(parse_redis(address)) as client:
        client.hset(freshness_key(project), mapping={name: repr(t) for name, t in times.items()})


def rows_of(
    entities: Sequence[EncodedEntity], replies: list[Any], address: RedisAddress
) -> list[RowResult] | Exception:
    """Return rows from Redis's replies, or the error if it refuses every read."""
    rows: list[RowResult] = []
    for entity, reply in zip(entities, replies, strict=True):
        if isinstance(reply, Exception):
            concerns_row = isinstance(reply, RowUnavailableError)
            if not concerns_row and not str(reply).startswith(_OTHER_TYPE):
                return explained(reply, address)
            rows.append(reply)
            continue
        try:
            rows.append(_row(entity.view, reply))
        except Exception as error:
            # Whatever is stored there, it concerns this row alone.
            rows.append(error)
    return rows


def _servers(client: Any) -> list[Any]:
    """Return a client for each server that holds keys."""
    if isinstance(client, redis.RedisCluster):
        cluster: Any = client
        return [cluster.get_redis_connection(node) for node in cluster.get_primaries()]
    return [client]


def _row(view: ContractView, reply: Sequence[bytes | None]) -> StoredRow | None:
    *contents, time = reply
    if time is None:
        return None
    numbers = decode_doubles(contents)
    if numbers is None:
        numbers = [decode_value(content) for content in contents]
    return StoredRow(dict(zip(view.features, numbers, strict=True)), decode_time(time))
