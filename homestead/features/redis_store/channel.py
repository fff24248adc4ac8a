"""A way to one Redis server that is opened when it is used, and opened anew when it was lost."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from homestead.features.redis_store.connection import CallCallback, RedisConnection


class _Call(NamedTuple):
    """Commands that are sent or wait for a connection."""

    commands: bytes
    command_count: int
    done: CallCallback


class RedisChannel:
    """Sends one call at a time, on the event loop."""

    def __init__(self, connect: Callable[[], Awaitable[RedisConnection]]) -> None:
        """Connect when the first call is made.

        Args:
            connect: opens a connection on the running event loop.
        """
        self._connect = connect
        self._connection: RedisConnection | None = None
        self._connecting: asyncio.Task[None] | None = None
        # The call that waits for the connection.
        self._waiting: _Call | None = None

    def call(self, commands: bytes, count: int, done: CallCallback) -> None:
        """Send commands, see :meth:`RedisConnection.call`.

        Args:
            done: called also if no connection can be opened, with the error.
        """
        call = _Call(commands, count, done)
        connection = self._connection
        if connection is not None and connection.is_usable:
            self._send(connection, call, is_new=False)
        else:
            self._send_when_connected(call)

    def cancel(self) -> None:
        """Give up the call that runs; a connection that is being opened can serve the next."""
        self._waiting = None
        if self._connection is not None:
            # Replies that come later must not be taken for those of the next call.
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        """Close the connection; to be called on its event loop."""
        self.cancel()
        if self._connecting is not None:
            self._connecting.cancel()

    def _send(self, connection: RedisConnection, call: _Call, is_new: bool) -> None:
        def done(replies: list[object] | Exception) -> None:
            if isinstance(replies, ConnectionError) and not is_new:
                # Redis or what is between may close an idle connection: open it anew, once.
                self._send_when_connected(call)
            else:
                call.done(replies)

        connection.call(call.commands, call.command_count, done)

    def _send_when_connected(self, call: _Call) -> None:
        self._waiting = call
        if self._connecting is None or self._connecting.done():
            self._connecting = asyncio.get_running_loop().create_task(self._open())

    async def _open(self) -> None:
        connection: RedisConnection | None = None
        error: Exception | None = None
        try:
            connection = await self._connect()
        except Exception as reason:
            error = reason
        self._connection = connection
        call, self._waiting = self._waiting, None
        if call is not None:
            if connection is not None:
                self._send(connection, call, is_new=True)
            elif error is not None:
                call.done(error)
