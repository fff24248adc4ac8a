"""Latest values of a contract's views, read from Feast's online store without Feast.

Everything that is needed to find a value stands in the contract, so that neither Feast nor its
registry has to be there.
"""

from collections.abc import Sequence
from typing import Protocol

from homestead.features.stored_rows import EncodedEntity, ReadCallback
from homestead.problem.contract import Contract, ContractView
from homestead.problem.entity_keys import EntityKey
from homestead.redis_address import parse_redis
from homestead.settings import Settings


class RowReader(Protocol):
    """Reads rows of one kind of store, one read at a time."""

    def encode(self, view: ContractView, key: EntityKey) -> EncodedEntity:
        """Return an entity as the store addresses it.

        Raises:
            ValueError, struct.error: the store cannot hold such a key.
        """

    def start_read(self, entities: Sequence[EncodedEntity], done: ReadCallback) -> None:
        """Read rows; called on an event loop, which calls ``done`` later."""

    def cancel_read(self) -> None:
        """Give up the read that runs; ``done`` may still be called for it."""

    def freshness(self) -> dict[str, float]:
        """Return the newest event time of each view that was materialized, seconds since 1970.

        May be called in any thread.

        Raises:
            Exception: whatever the store's client raises if it cannot be read.
        """

    def some_keys(self, view: ContractView, count: int) -> list[EntityKey]:
        """Return up to ``count`` keys that the view has rows of, found without reading all.

        May be called in any thread.

        Raises:
            Exception: as :meth:`freshness`.
        """

    def close(self) -> None:
        """Release connections and threads; to be called on the event loop of the reads."""


def row_reader(contract: Contract, settings: Settings) -> RowReader:
    """Return the reader of a contract's views; the store is opened by the first read."""
    if settings.redis_connection:
        from homestead.features.redis_store.cluster_rows import RedisClusterRowReader
        from homestead.features.redis_store.rows import RedisRowReader

        is_cluster = parse_redis(settings.redis_connection).kind == "cluster"
        reader = RedisClusterRowReader if is_cluster else RedisRowReader
        timeout_s = settings.lookup_timeout_ms / 1000
        return reader(settings.redis_connection, contract.problem, timeout_s)
    from homestead.features.sqlite_rows import SqliteRowReader

    path = settings.online_database(contract.problem)
    return SqliteRowReader(path, contract.problem, contract.views)
