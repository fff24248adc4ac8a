"""Latest values of a contract's views, read from Feast's online store without Feast."""

from typing import Protocol

from homestead.features.stored_rows import OnlineValues, ReadRequest, StoredRow, ViewKeys
from homestead.problem.contract import Contract
from homestead.settings import Settings


class RowReader(Protocol):
    """Reads rows of one kind of store."""

    async def read(self, view_keys: ViewKeys) -> list[list[StoredRow | None]]:
        """Return the rows of each view's keys in their order, None for an unknown entity."""

    def freshness(self) -> dict[str, float]:
        """Return the newest event time of each view, in seconds since 1970."""

    def close(self) -> None:
        """Release connections and threads."""


class OnlineFeatureReader:
    """Reads one contract's views.

    Everything that is needed to find a value stands in the contract, so that neither Feast nor its
    registry has to be there. Stores differ in how they report an unknown entity: one of which
    every value is missing counts as unknown.
    """

    def __init__(self, contract: Contract, settings: Settings) -> None:
        """Prepare; the store is opened by the first call."""
        self._views = {view.name: view for view in contract.views}
        self._reader = _row_reader(contract, settings)

    async def read(self, request: ReadRequest) -> OnlineValues:
        """Return the latest values of each view's entities, None for an unknown one.

        Raises:
            Exception: whatever the store's client raises if it cannot be read.
        """
        view_keys = [(self._views[name], keys) for name, keys in request.items()]
        values: OnlineValues = {}
        for (view, keys), rows in zip(view_keys, await self._reader.read(view_keys), strict=True):
            known = [None if _is_empty(row) else row for row in rows]
            values[view.name] = dict(zip(keys, known, strict=True))
        return values

    def freshness(self) -> dict[str, float]:
        """Return the newest event time of each view that was materialized, seconds since 1970.

        May be called in any thread.

        Raises:
            Exception: as :meth:`read`.
        """
        times = self._reader.freshness()
        return {name: time for name, time in times.items() if name in self._views}

    def close(self) -> None:
        """Release connections and threads; to be called on the event loop of the reads."""
        self._reader.close()


def _row_reader(contract: Contract, settings: Settings) -> RowReader:
    if settings.redis_connection:
        from homestead.features.redis_rows import RedisRowReader

        timeout_s = settings.lookup_timeout_ms / 1000
        return RedisRowReader(settings.redis_connection, contract.problem, timeout_s)
    from homestead.features.sqlite_rows import SqliteRowReader

    path = settings.online_database(contract.problem)
    return SqliteRowReader(path, contract.problem, contract.views)


def _is_empty(row: StoredRow | None) -> bool:
    return row is None or all(value is None for value in row.values.values())
