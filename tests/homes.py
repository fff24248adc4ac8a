"""Homes: a contract with two views and derived columns, and its resolver over a fake store."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from homestead.features.stored_rows import Entity, StoredRow
from homestead.problem.contract import Contract, ContractView
from homestead.problem.entity_keys import EntityKey
from homestead.problem.sections.column import Column
from homestead.serving.errors import StoreUnavailableError
from homestead.serving.features.lookup_steps import LookedUpRow, LookupSteps, T
from homestead.serving.inputs.resolver import Resolver

NOW = datetime(2015, 3, 1, tzinfo=UTC).timestamp()
FEATURES = ("area", "rooms", "lift", "kind", "floor", "cell_size", "age", "near")
# The view of cells comes first on purpose: its entity is derived from what the other one stores.
VIEWS = (
    ContractView(name="cells", entity="cell", features=("near",), ttl_days=9, missing="null"),
    ContractView(
        name="homes",
        entity="id",
        features=("area", "rooms", "lift", "kind", "lat"),
        ttl_days=9,
        missing="refuse",
    ),
)
# By view and key.
StoredFeatures = dict[str, dict[Any, dict[str, float | None]]]
STORED: StoredFeatures = {
    "homes": {7: {"area": 80.0, "rooms": 3.0, "lift": 1.0, "kind": 1.0, "lat": 47.5}},
    "cells": {475: {"near": 0.25}},
}
# A row that lacks only what the view of cells stores.
ROW: dict[str, Any] = {"area": 80, "rooms": 3, "lift": True, "kind": "house", "lat": 47.5}


def homes_contract(**changes: Any) -> Contract:
    """Return the contract, with some of its fields changed."""
    fields: dict[str, Any] = {
        "problem": "homes",
        "task": "regression",
        "key": "id",
        "timestamp": "sold",
        "target": "price",
        "classes": (),
        "columns": {
            "id": Column(type="integer"),
            "sold": Column(type="timestamp"),
            "area": Column(type="number", range=(10, 500)),
            "rooms": Column(type="integer", range=(1, 9)),
            "lat": Column(type="number", range=(47, 48)),
            "lift": Column(type="boolean"),
            "kind": Column(type="category", allowed=("flat", "house")),
            "floor": Column(type="integer", nullable=True),
        },
        "derived": {
            "cell": "floor(lat * 10)",
            "cell_size": "log(area)",
            "age": "year(sold) - 2000",
        },
        "views": VIEWS,
        "features": FEATURES,
    }
    return Contract(**{**fields, **changes})


class HomesResolver(Resolver):
    """The contract's resolver over a fake store.

    Attributes:
        reads: keys by view of each read.
    """

    def __init__(
        self, contract: Contract, stored: StoredFeatures, stored_at: float, failure: Any
    ) -> None:
        super().__init__(contract)
        self.reads: list[dict[str, list[EntityKey]]] = []
        self._stored, self._stored_at, self._failure = stored, stored_at, failure

    def run(self, steps: LookupSteps[T]) -> T:
        """Return the result of steps, supplied from the store."""
        rows: Any = None
        try:
            while True:
                rows = self._read(steps.send(rows))
        except StopIteration as end:
            result: T = end.value
            return result

    def _read(self, entities: list[Entity]) -> list[LookedUpRow]:
        keys_by_view: dict[str, list[EntityKey]] = {}
        for view, key in entities:
            keys_by_view.setdefault(view, []).append(key)
        self.reads.append(keys_by_view)
        return [self._failure or self._row(*entity) for entity in entities]

    def _row(self, view: str, key: EntityKey) -> StoredRow | None:
        values = self._stored[view].get(key)
        return None if values is None else StoredRow(values, self._stored_at)


def homes_resolver(
    stored: StoredFeatures = STORED,
    stored_at: float = NOW,
    failure: StoreUnavailableError | None = None,
    **changes: Any,
) -> HomesResolver:
    """Return a resolver of the contract.

    Args:
        stored: the store's content.
        stored_at: from when the content is, seconds since 1970.
        failure: the result of each read.
        changes: of the contract's fields.
    """
    return HomesResolver(homes_contract(**changes), stored, stored_at, failure)


def resolve(*rows: dict[str, Any], resolver: HomesResolver | None = None) -> list[dict[str, float]]:
    """Return the model's inputs of rows, by name; fast path and general way must agree."""
    resolver = resolver or homes_resolver()
    fast = resolver.fast_path(list(rows), NOW)
    values = resolver.check_rows(list(rows), NOW)
    if not resolver.is_complete(values):
        assert fast is None
        resolver.run(resolver.fill_features(values, list(rows)))
    table = resolver.model_inputs(values)
    if fast is not None:
        assert np.array_equal(np.array(fast), np.array(table), equal_nan=True)
    features = resolver.contract.features
    return [dict(zip(features, row, strict=True)) for row in table]
