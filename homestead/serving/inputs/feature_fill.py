"""Filling in what a request does not hold from the online store."""

import math
from collections.abc import Awaitable, Callable, Collection
from typing import Any, NamedTuple

from homestead.features.stored_rows import OnlineValues, ReadRequest, StoredRow
from homestead.problem.contract import Contract, ContractView
from homestead.problem.entity_keys import (
    MAX_EXACT_FLOAT,
    MAX_KEY,
    MIN_KEY,
    EntityKey,
    canonical_key,
)
from homestead.serving.errors import RefusedError, StoreUnavailableError
from homestead.serving.inputs.dependencies import DependencyGraph, RowValues
from homestead.serving.inputs.field_checks import describe_value, row_place

# Reads the latest values of entities; None for an unknown entity.
ReadFeatures = Callable[[ReadRequest], Awaitable[OnlineValues]]
_SECONDS_PER_DAY = 86400


class FilledViews(NamedTuple):
    """Views that did not supply fresh values to a request, by name.

    Attributes:
        stale: those that supplied a value older than their time to live.
        unavailable: those whose values are null because the store could not be read.
    """

    stale: Collection[str] = ()
    unavailable: Collection[str] = ()


class _MissingFeatures(NamedTuple):
    """Features of one view that a row lacks, and the entity to look them up by.

    Attributes:
        row: position of the row in the request.
        key: None if the row's entity is null.
    """

    row: int
    key: EntityKey | None
    features: tuple[str, ...]


class FeatureFill:
    """Looks up the features of one contract that rows lack."""

    def __init__(self, contract: Contract, graph: DependencyGraph, read: ReadFeatures) -> None:
        self._contract = contract
        self._graph = graph
        self._read = read

    async def fill(self, row_values: list[RowValues], rows: list[dict[str, Any]]) -> FilledViews:
        """Add to the rows' values those features that rows lack and whose entity is known.

        All entities that are known are read at once. Another read follows for views whose entity
        is stored in, or derived from, what the read before it returned.

        Args:
            row_values: the checked values of each row, which are added to.
            rows: the rows as the request holds them.

        Raises:
            RefusedError: 400 for a key that is not exact, 404 for an unknown entity, 503 for values
                that are too old or cannot be read.
        """
        done: set[tuple[int, str]] = set()
        stale: set[str] = set()
        unavailable: set[str] = set()
        while missing_by_view := self._missing_by_view(row_values, rows, done):
            keys_by_view = {
                view: list(dict.fromkeys(item.key for item in missing if item.key is not None))
                for view, missing in missing_by_view.items()
            }
            try:
                known = {view: keys for view, keys in keys_by_view.items() if keys}
                stored = await self._read(known) if known else {}
            except StoreUnavailableError:
                views = [view for view in self._graph.views if view.name in missing_by_view]
                if any(view.on_store_failure == "refuse" for view in views):
                    raise
                for view in views:
                    unavailable.add(view.name)
                    for item in missing_by_view[view.name]:
                        done.add((item.row, view.name))
                        row_values[item.row].update(dict.fromkeys(item.features, math.nan))
                continue
            for view in self._graph.views:
                for item in missing_by_view.get(view.name, ()):
                    done.add((item.row, view.name))
                    stored_row = None if item.key is None else stored[view.name].get(item.key)
                    try:
                        if self._fill_row(view, item, row_values[item.row], stored_row):
                            stale.add(view.name)
                    except RefusedError as error:
                        raise error.prefixed(row_place(item.row, len(rows))) from None
        return FilledViews(stale, unavailable)

    def _missing_by_view(
        self,
        row_values: list[RowValues],
        rows: list[dict[str, Any]],
        done: Collection[tuple[int, str]],
    ) -> dict[str, list[_MissingFeatures]]:
        """Return what can be looked up now: missing features of rows whose entity is known."""
        missing_by_view: dict[str, list[_MissingFeatures]] = {}
        for i, values in enumerate(row_values):
            for view, features in self._graph.missing_by_view(frozenset(values)):
                if (i, view.name) in done:
                    continue
                try:
                    key, is_known = self._entity_key(view, values, rows[i])
                except RefusedError as error:
                    raise error.prefixed(row_place(i, len(rows))) from None
                if is_known:
                    item = _MissingFeatures(i, key, features)
                    missing_by_view.setdefault(view.name, []).append(item)
        return missing_by_view

    def _fill_row(
        self,
        view: ContractView,
        missing: _MissingFeatures,
        values: RowValues,
        stored_row: StoredRow | None,
    ) -> bool:
        """Add what a view stores to a row's values, and return whether it is stale."""
        nulls = dict.fromkeys(missing.features, math.nan)
        if stored_row is None:
            if view.missing == "refuse":
                found = "null" if missing.key is None else missing.key
                raise RefusedError(404, "entity", f"unknown {view.entity} {found}")
            values.update(nulls)
            return False
        for name in missing.features:
            value = stored_row.values.get(name)
            values[name] = math.nan if value is None else value
        age_s = values[self._contract.timestamp] - stored_row.event_time
        if not age_s > view.ttl_days * _SECONDS_PER_DAY:
            return False
        if view.stale == "refuse":
            raise RefusedError(
                503,
                "stale",
                f"{view.entity} {missing.key}: the newest values of {view.name} are older than"
                f" {view.ttl_days:g} days",
            )
        if view.stale == "null":
            values.update(nulls)
        return True

    def _entity_key(
        self, view: ContractView, values: RowValues, row: dict[str, Any]
    ) -> tuple[EntityKey | None, bool]:
        """Return a view's entity of a row (None if it is null), and whether the row has one."""
        entity = view.entity
        column = self._contract.columns.get(entity)
        if entity in values and column is not None and column.allowed:
            code = values[entity]
            return (None if math.isnan(code) else column.allowed[int(code)]), True
        number = self._graph.derive(entity, values)
        if number is None:
            return None, False
        # As the request holds it: the model's number may be rounded. A boolean may be a word.
        is_boolean = column is not None and column.type == "boolean"
        given = None if is_boolean else row.get(entity)
        return _exact_key(entity, number if given is None else given), True


def _exact_key(entity: str, value: Any) -> EntityKey | None:
    """Return the canonical form of a key that is a number.

    Raises:
        RefusedError: 400, the number may stand for several keys, or is none.
    """
    key = canonical_key(value)
    is_exact = key is None or (
        MIN_KEY <= int(key) <= MAX_KEY
        if isinstance(value, int)
        else abs(int(key)) <= MAX_EXACT_FLOAT
    )
    if not is_exact:
        raise RefusedError(
            400,
            "range",
            f"{entity}: found {describe_value(value)}, allowed is an integer of 64 bits; with a"
            f" decimal point, an exponent or derived, up to {MAX_EXACT_FLOAT}",
        )
    return key
