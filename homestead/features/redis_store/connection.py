"""A connection to Redis on the event loop that sends many commands as one piece."""

import asyncio
from collections.abc import Callable
from typing import Any, Self

import hiredis
import redis.asyncio.retry
from redis.backoff import NoBackoff

from homestead.features.redis_store.clients import Node, close_sentinels, connection_pool
from homestead.features.redis_store.failures import REDIS_ERRORS, explained
from homestead.redis_address import RedisAddress

# Called with the replies, or with the error of the connection.
CallCallback = Callable[[list[Any] | Exception], None]
_INCOMPLETE = object()


class RedisConnection(asyncio.Protocol):
    """An open connection, for one call at a time.

    The Redis client connects, with TLS, password and database as the options say. Then this class
    takes over, because the client's own calls cost a multiple of the read itself.
    """

    @classmethod
    async def open(
        cls, address: RedisAddress, node: Node | None = None, *, timeout_s: float = 10.0
    ) -> Self:
        """Connect.

        Args:
            node: of a cluster; None for the server, or for the service's master.
            timeout_s: of connecting, unless the address sets another.

        Raises:
            redis.RedisError: Redis cannot be reached, or refuses the password; the message says
                what to do.
        """
        # Who waits for the first read does not wait for several attempts.
        once = redis.asyncio.retry.Retry(NoBackoff(), 0)
        timeouts = {"socket_timeout": timeout_s, "socket_connect_timeout": timeout_s}
        try:
            pool = connection_pool(address, node, retry=once, **timeouts)
            connection = pool.make_connection()
            try:
                await connection.connect()
            finally:
                await close_sentinels(pool)
        except REDIS_ERRORS as error:
            raise explained(error, address) from error
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
        self._done: CallCallback | None = None
        self._is_lost = False

    @property
    def is_usable(self) -> bool:
        """Whether calls from the running event loop can be made."""
        return not self._is_lost and self._loop is asyncio.get_running_loop()

    def call(self, commands: bytes, count: int, done: CallCallback) -> None:
        """Send commands.

        Args:
            count: number of the commands.
            done: called with their replies in order, of which each may be a ``ReplyError``, or with
                the error if the connection is lost; not called if it is closed before.
        """
        self._replies, self._expected, self._done = [], count, done
        self._transport.write(commands)

    def close(self) -> None:
        """Close the connection, also in the middle of a call."""
        self._is_lost, self._done = True, None
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
        if len(self._replies) >= self._expected:
            done, self._done = self._done, None
            if done is not None:
                done(self._replies)

    def connection_lost(self, error: Exception | None) -> None:
        """Fail the call that waits. Called by the event loop."""
        reason = error or "no reason given"
        self._fail(ConnectionError(f"Redis closed the connection: {reason}"))

    def _fail(self, error: Exception) -> None:
        done = self._done
        self.close()
        if done is not None:
            done(error)
