"""Homes: a contract with two views and derived columns, and its resolver over a fake store."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import numpy as np

from homestead.features.stored_rows import OnlineValues, ReadRequest, StoredRow
from homestead.problem.contract import Contract, ContractView
from homestead.problem.sections import Column
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


def homes_resolver(
    reads: list[ReadRequest] | None = None,
    stored: StoredFeatures = STORED,
    stored_at: float = NOW,
    failure: Exception | None = None,
    **changes: Any,
) -> Resolver:
    """Return a resolver of the contract.

    Args:
        reads: collects what is read from the store.
        stored: the store's content.
        stored_at: from when the content is, seconds since 1970.
        failure: raised by each read.
        changes: of the contract's fields.
    """

    async def read(keys_by_view: ReadRequest) -> OnlineValues:
        if reads is not None:
            reads.append(keys_by_view)
        if failure is not None:
            raise failure
        return {
            view: {
                key: StoredRow(stored[view][key], stored_at) if key in stored[view] else None
                for key in keys
            }
            for view, keys in keys_by_view.items()
        }

    return Resolver(homes_contract(**changes), read)


def resolve(*rows: dict[str, Any], resolver: Resolver | None = None) -> list[dict[str, float]]:
    """Return the model's inputs of rows, by name; fast path and general way must agree."""
    resolver = resolver or homes_resolver()
    fast = resolver.fast_path(list(rows), NOW)
    values = resolver.check_rows(list(rows), NOW)
    if not resolver.is_complete(values):
        assert fast is None
        asyncio.run(resolver.fill_features(values, list(rows)))
    table = resolver.model_inputs(values)
    if fast is not None:
        assert np.array_equal(np.array(fast), np.array(table), equal_nan=True)
    features = resolver.contract.features
    return [dict(zip(features, row, strict=True)) for row in table]
