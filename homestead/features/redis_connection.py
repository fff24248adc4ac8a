"""A connection to Redis on the event loop that sends many commands as one piece."""

import asyncio
import json
from typing import Any, Self

import hiredis
import redis.asyncio
import redis.asyncio.retry
from redis.backoff import NoBackoff

_INCOMPLETE = object()


def parse_connection_string(text: str) -> dict[str, Any]:
    """Return the options of a Redis client from Feast's ``host:port,option=value,…``.

    A value is JSON where it can be read as such (``ssl=true``, ``db=2``), otherwise text.
    """
    options: dict[str, Any] = {}
    for part in text.split(","):
        name, is_option, value = part.partition("=")
        if not is_option:
            if "host" not in options:  # the first of several nodes
                host, _, port = part.partition(":")
                options.update({"host": host, "port": int(port)} if port else {"host": host})
            continue
        try:
            options[name] = json.loads(value)
        except json.JSONDecodeError:
            options[name] = value
    return options


class RedisConnection(asyncio.Protocol):
    """An open connection, for one call at a time.

    The Redis client connects, with TLS, password and database as the options say. Then this class
    takes over, because the client's own calls cost a multiple of the read itself.
    """

    @classmethod
    async def open(cls, options: dict[str, Any]) -> Self:
        """Connect.

        Args:
            options: of the client, see :func:`parse_connection_string`.

        Raises:
            redis.RedisError: Redis cannot be reached, or refuses the password.
        """
        # Who waits for the first read does not wait for several attempts.
        once = redis.asyncio.retry.Retry(NoBackoff(), 0)
        pool: Any = redis.asyncio.Redis(**{"retry": once, **options}).connection_pool
        connection = pool.make_connection()
        await connection.connect()
        return cls(connection)

    def __init__(self, connection: Any) -> None:
        """Take over a connection of the client, which was opened on the running event loop."""
        self._connection = connection
        self._transport: asyncio.Transport = connection._writer.transport
        self._transport.set_protocol(self)
        self._loop = asyncio.get_running_loop()
        self._parser = hiredis.Reader(notEnoughData=_INCOMPLETE)
        self._replies: list[Any] = []
        self._expected = 0
        self._result: asyncio.Future[list[Any]] | None = None
        self._is_lost = False

    @property
    def is_usable(self) -> bool:
        """Whether calls from the running event loop can be made."""
        return not self._is_lost and self._loop is asyncio.get_running_loop()

    async def call(self, commands: bytes, count: int) -> list[Any]:
        """Send commands, and return their replies in order. A call that is cancelled closes it.

        Args:
            count: number of the commands.

        Raises:
            ConnectionError: the connection was lost.
            hiredis.ReplyError: Redis refused one of the commands.
        """
        self._replies, self._expected = [], count
        self._result = self._loop.create_future()
        self._transport.write(commands)
        try:
            replies = await self._result
        except BaseException:
            # Replies that come later must not be taken for those of the next call.
            self.close()
            raise
        for reply in replies:
            if isinstance(reply, Exception):
                raise reply
        return replies

    def close(self) -> None:
        """Close the connection."""
        self._is_lost = True
        if not self._loop.is_closed():
            self._connection._close()

    def data_received(self, data: bytes) -> None:
        """Collect replies. Called by the event loop."""
        self._parser.feed(data)
        try:
            while (reply := self._parser.gets()) is not _INCOMPLETE:
                self._replies.append(reply)
        except hiredis.ProtocolError as error:
            self._fail(error)
            return
        if len(self._replies) >= self._expected and self._result and not self._result.done():
            self._result.set_result(self._replies)

    def connection_lost(self, error: Exception | None) -> None:
        """Fail the call that waits. Called by the event loop."""
        self._is_lost = True
        self._fail(ConnectionError(f"Redis closed the connection: {error or 'no reason given'}"))

    def _fail(self, error: Exception) -> None:
        if self._result and not self._result.done():
            self._result.set_exception(error)
