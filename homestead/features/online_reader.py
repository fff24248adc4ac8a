"""Latest values of a contract's views, read from the online store."""

from datetime import UTC
from typing import Any

from homestead.features.feast_objects import online_store
from homestead.features.stored_rows import OnlineValues, ReadRequest, StoredRow
from homestead.problem.contract import Contract
from homestead.settings import Settings


class OnlineFeatureReader:
    """Reads one contract's views.

    Feast's ``get_online_features`` reads every view for every row. What a request lacks differs
    from view to view, so this class reads the store's rows directly. Stores differ in how they
    report an unknown entity: one of which every value is missing counts as unknown.
    """

    def __init__(self, contract: Contract, settings: Settings) -> None:
        """Open the store; its registry must contain the views.

        Raises:
            Exception: whatever Feast and the store raise if they cannot be reached.
        """
        self._store: Any = online_store(contract.problem, settings)
        self._views = {view.name: view for view in contract.views}
        feature_views = {name: self._store.get_feature_view(name) for name in self._views}
        if settings.redis_connection:
            from homestead.features.redis_rows import RedisRowReader

            timeout_s = settings.lookup_timeout_ms / 1000
            self._read_rows = RedisRowReader(self._store.config, timeout_s).read
        else:
            from homestead.features.feast_rows import FeastRowReader

            self._read_rows = FeastRowReader(self._store.config, feature_views).read

    def read(self, request: ReadRequest) -> OnlineValues:
        """Return the latest values of each view's entities, None for an unknown one."""
        view_keys = [(self._views[name], keys) for name, keys in request.items()]
        values: OnlineValues = {}
        for (view, keys), rows in zip(view_keys, self._read_rows(view_keys), strict=True):
            known = [None if _is_empty(row) else row for row in rows]
            values[view.name] = dict(zip(keys, known, strict=True))
        return values

    def freshness(self) -> dict[str, float]:
        """Return the time up to which each view was last materialized, seconds since 1970.

        Views that never were are absent.
        """
        times = {n: self._store.get_feature_view(n).most_recent_end_time for n in self._views}
        return {
            name: (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
            for name, time in times.items()
            if time is not None
        }


def _is_empty(row: StoredRow | None) -> bool:
    return row is None or all(value is None for value in row.values.values())
