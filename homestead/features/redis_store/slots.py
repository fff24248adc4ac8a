"""Which node of a Redis Cluster holds which of its 16,384 slots."""

import asyncio
import functools
import logging
from collections.abc import Callable, Sequence
from typing import Any

import hiredis
import redis
from redis.crc import key_slot

from homestead.features.redis_store.clients import Node
from homestead.features.redis_store.connection import RedisConnection
from homestead.features.redis_store.failures import explained
from homestead.redis_address import RedisAddress

_LOG = logging.getLogger(__name__)
_SLOTS = 16_384
_READ_SLOTS = b"*2\r\n$7\r\nCLUSTER\r\n$5\r\nSLOTS\r\n"
# Slots are read again no more often, whatever fails.
_MIN_INTERVAL_S = 1.0

slot_of = functools.partial(key_slot, bucket=_SLOTS)


class SlotMap:
    """The nodes of slots, read from the cluster and corrected by what its nodes answer.

    Attributes:
        nodes: the node of each slot; None for a slot that no node holds; empty before the first
            successful :meth:`load`.
    """

    def __init__(self, address: RedisAddress, timeout_s: float) -> None:
        self.nodes: list[Node | None] = []
        self._address, self._timeout_s = address, timeout_s
        self._loading: asyncio.Task[None] | None = None
        self._loaded_at = -_MIN_INTERVAL_S
        self._waiting: list[Callable[[Exception | None], None]] = []

    def load(self, done: Callable[[Exception | None], None] | None = None) -> None:
        """Read the slots on the running event loop; loads at the same time are one.

        Args:
            done: called at the end, with the error if no node could be asked.
        """
        loop = asyncio.get_running_loop()
        if done is not None:
            self._waiting.append(done)
        task = self._loading
        is_running = task is not None and not task.done() and task.get_loop() is loop
        if not is_running and (done is not None or loop.time() - self._loaded_at > _MIN_INTERVAL_S):
            self._loading = loop.create_task(self._load())

    def cancel(self) -> None:
        """Forget who waits for a load; it goes on, for those who come later."""
        self._waiting.clear()

    def close(self) -> None:
        """End a load."""
        self._waiting.clear()
        if self._loading is not None:
            self._loading.cancel()

    def redirect(self, slot: int, node: Node) -> None:
        """Note that a slot has moved to another node, and ask what else has."""
        self.nodes[slot] = node
        self.load()

    async def _load(self) -> None:
        # What the cluster has told is newer than the setting, whose hosts may be gone, or new ones.
        known = list(dict.fromkeys([*filter(None, self.nodes), *self._address.nodes]))
        error: Exception | None = None
        for node in known:
            try:
                self.nodes = await asyncio.wait_for(self._ask(node), self._timeout_s)
            except Exception as reason:
                error = error or reason
            else:
                error = None
                break
        if error is not None:
            error = explained(error, self._address)
            _LOG.warning("the slots of the cluster cannot be read: %s", error)
        self._loaded_at = asyncio.get_running_loop().time()
        waiting, self._waiting = self._waiting, []
        for done in waiting:
            done(error)

    async def _ask(self, node: Node) -> list[Node | None]:
        connection = await RedisConnection.open(self._address, node, timeout_s=self._timeout_s)
        try:
            answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            connection.call(_READ_SLOTS, 1, answer.set_result)
            replies = await answer
        finally:
            connection.close()
        if isinstance(replies, Exception):
            raise replies
        if isinstance(replies[0], hiredis.ReplyError):
            raise redis.ResponseError(str(replies[0]))
        return parse_slots(replies[0], node)


def parse_slots(reply: Sequence[Any], asked: Node) -> list[Node | None]:
    """Return the node of each slot from the reply to ``CLUSTER SLOTS``.

    Args:
        asked: the node that has answered, which may not know its own name.
    """
    nodes: list[Node | None] = [None] * _SLOTS
    for first, last, (host, port, *_), *_ in reply:
        name = host.decode() if host else ""
        node = (name if name not in ("", "?") else asked[0], int(port))
        nodes[int(first) : int(last) + 1] = [node] * (int(last) - int(first) + 1)
    return nodes


def redirected_node(error: Exception, asked: Node) -> tuple[bool, Node] | None:
    """Return where a reply sends the command: whether for this once (ASK), and the node.

    Returns:
        None if the reply is another error.
    """
    word, _, rest = str(error).partition(" ")
    if word not in ("MOVED", "ASK"):
        return None
    host, _, port = rest.partition(" ")[2].rpartition(":")
    return word == "ASK", (host or asked[0], int(port))
