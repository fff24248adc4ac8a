"""Rows of any online store of Feast, read by the store's own ``online_read``; sqlite if embedded.

What this module needs of Feast's internals is asserted in ``tests/contracts/test_feast.py``.
"""

from typing import Any

from feast.infra.online_stores.helpers import get_online_store_from_config

from homestead.features.feast_protos import entity_key_proto, float_value
from homestead.features.stored_rows import StoredRow
from homestead.problem.contract import ContractView
from homestead.problem.entity_keys import EntityKey


class FeastRowReader:
    """Reads entities view by view.

    Attributes:
        config: Feast's ``RepoConfig``.
        feature_views: Feast's ``FeatureView`` objects by name.
    """

    def __init__(self, config: Any, feature_views: dict[str, Any]) -> None:
        self._config = config
        self._feature_views = feature_views
        self._store = get_online_store_from_config(config.online_store)

    def read(
        self, view_keys: list[tuple[ContractView, list[EntityKey]]]
    ) -> list[list[StoredRow | None]]:
        """Return the rows of each view's keys in their order, None for an unknown entity."""
        return [
            [self._row(view, *row) for row in self._read(view, keys)] for view, keys in view_keys
        ]

    def _read(self, view: ContractView, keys: list[EntityKey]) -> list[tuple[Any, Any]]:
        rows: list[tuple[Any, Any]] = self._store.online_read(
            self._config,
            self._feature_views[view.name],
            [entity_key_proto(view.entity, key) for key in keys],
            list(view.features),
        )
        return rows

    @staticmethod
    def _row(view: ContractView, event_time: Any, values: Any) -> StoredRow | None:
        if event_time is None or values is None:
            return None
        numbers = {
            name: float_value(values[name]) if name in values else None for name in view.features
        }
        return StoredRow(numbers, event_time.timestamp())
