"""Rows of Feast's store in a Redis Cluster: one round trip to each node that holds some of them."""

import functools
from collections.abc import Sequence
from typing import Any, Final

from homestead.features.feast_layout import encode_key
from homestead.features.redis_store.channel import RedisChannel
from homestead.features.redis_store.clients import Node
from homestead.features.redis_store.connection import RedisConnection
from homestead.features.redis_store.failures import explained
from homestead.features.redis_store.rows import RedisRowReader, RowUnavailableError, rows_of
from homestead.features.redis_store.slots import SlotMap, redirected_node, slot_of
from homestead.features.stored_rows import EncodedEntity, ReadCallback
from homestead.problem.contract import ContractView
from homestead.problem.entity_keys import EntityKey

_ASKING: Final = b"*1\r\n$6\r\nASKING\r\n"
# While slots move a command may be sent on more than once.
_MAX_ROUNDS: Final = 5
# A client's answer names no hosts; the log does.
_NODE_IS_AWAY: Final = "its node of the Redis Cluster does not answer"


class RedisClusterRowReader(RedisRowReader):
    """Reads entities on the event loop, from all nodes at once.

    Rows of a node that cannot be reached fail, those of the others are read.
    """

    def __init__(self, address: str, project: str, timeout_s: float) -> None:
        """Connect when the first rows are read; as :class:`RedisRowReader`."""
        super().__init__(address, project, timeout_s)
        self._slots = SlotMap(self._address, self._timeout_s)
        self._channels: dict[Node, RedisChannel] = {}
        self._read: _ClusterRead | None = None
        self._poll_client: Any = None

    def encode(self, view: ContractView, key: EntityKey) -> EncodedEntity:
        """Return the command that reads an entity's row, and its slot; as the base class."""
        entity = super().encode(view, key)
        hash_key = encode_key(self._command(view).key_prefix, key) + self._project
        return entity._replace(slot=slot_of(hash_key))

    def start_read(self, entities: Sequence[EncodedEntity], done: ReadCallback) -> None:
        """Read rows; a whole read fails with redis.RedisError if no node can be reached."""
        self._read = read = _ClusterRead(self, entities, done)
        if self._slots.nodes:
            read.start()
        else:
            self._slots.load(lambda error: done(error) if error is not None else read.start())

    def cancel_read(self) -> None:
        """Give up the read that runs, and ask anew which nodes there are."""
        self._slots.cancel()
        if self._read is not None:
            for node in self._read.unanswered:
                self._channels[node].cancel()
            self._read = None
            if self._slots.nodes:
                self._slots.load()

    def close(self) -> None:
        """Close the connections; to be called on their event loop."""
        self._slots.close()
        for channel in self._channels.values():
            channel.close()

    @property
    def slots(self) -> SlotMap:
        """Which node holds which slots."""
        return self._slots

    def channel(self, node: Node) -> RedisChannel:
        """Return the way to a node."""
        if node not in self._channels:
            connect = functools.partial(
                RedisConnection.open, self._address, node, timeout_s=self._timeout_s
            )
            self._channels[node] = RedisChannel(connect)
        return self._channels[node]

    def close_unused_channels(self) -> None:
        """Close the ways to nodes that hold no slots any more."""
        for node in self._channels.keys() - set(self._slots.nodes):
            self._channels.pop(node).close()

    def finish(self, read: "_ClusterRead", done: ReadCallback) -> None:
        """Hand on what was read."""
        self._read = None
        self.close_unused_channels()
        errors = [reply for reply in read.replies if isinstance(reply, RowUnavailableError)]
        if read.failure is not None and len(errors) == len(read.replies):
            done(explained(read.failure, self._address))
        else:
            done(rows_of(read.entities, read.replies, self._address))


class _ClusterRead:
    """One read: rounds of calls to nodes, until no reply sends a command elsewhere.

    Attributes:
        replies: of each entity.
        unanswered: nodes that have not answered in this round.
        failure: of the first node that could not be asked.
    """

    def __init__(
        self, reader: RedisClusterRowReader, entities: Sequence[EncodedEntity], done: ReadCallback
    ) -> None:
        self.entities = entities
        self.replies: list[Any] = [RowUnavailableError(_NODE_IS_AWAY)] * len(entities)
        self.unanswered: set[Node] = set()
        self.failure: Exception | None = None
        self._reader, self._done, self._rounds = reader, done, 0
        # Positions of entities to ask for in the next round, and of those that need ASKING.
        self._next: dict[tuple[Node, bool], list[int]] = {}

    def start(self) -> None:
        """Ask each node for its rows."""
        nodes = self._reader.slots.nodes
        for position, entity in enumerate(self.entities):
            node = nodes[entity.slot]
            if node is not None:
                self._next.setdefault((node, False), []).append(position)
        self._start_round()

    def _start_round(self) -> None:
        self._rounds += 1
        calls: dict[Node, list[tuple[int, bool]]] = {}
        for (node, is_asking), positions in self._next.items():
            calls.setdefault(node, []).extend((position, is_asking) for position in positions)
        self._next = {}
        self.unanswered = set(calls)
        if not calls or self._rounds > _MAX_ROUNDS:
            self._reader.finish(self, self._done)
            return
        for node, parts in calls.items():
            commands = b"".join(
                [(_ASKING if asks else b"") + self.entities[at].content for at, asks in parts]
            )
            count = len(parts) + sum(asks for _, asks in parts)
            done = functools.partial(self._end_call, node, parts)
            self._reader.channel(node).call(commands, count, done)

    def _end_call(
        self, node: Node, parts: list[tuple[int, bool]], replies: list[Any] | Exception
    ) -> None:
        self.unanswered.discard(node)
        if isinstance(replies, Exception):
            self.failure = self.failure or replies
            self._reader.slots.load()
        else:
            remaining = iter(replies)
            for position, is_asking in parts:
                if is_asking:
                    next(remaining)
                self._take(node, position, next(remaining))
        if not self.unanswered:
            self._start_round()

    def _take(self, node: Node, position: int, reply: Any) -> None:
        redirection = redirected_node(reply, node) if isinstance(reply, Exception) else None
        if redirection is None:
            self.replies[position] = reply
            return
        is_asking, target = redirection
        if not is_asking:
            self._reader.slots.redirect(self.entities[position].slot, target)
        self._next.setdefault((target, is_asking), []).append(position)
