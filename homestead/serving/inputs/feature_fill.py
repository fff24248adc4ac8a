"""Filling in what a request does not hold from the online store."""

import math
from collections.abc import Collection
from typing import Any, NamedTuple

from homestead.features.stored_rows import Entity, StoredRow
from homestead.problem.contract import Contract, ContractView
from homestead.problem.entity_keys import (
    MAX_EXACT_FLOAT,
    MAX_KEY,
    MIN_KEY,
    EntityKey,
    canonical_key,
)
from homestead.serving.errors import RefusedError, StoreUnavailableError
from homestead.serving.features.lookup_steps import LookupSteps
from homestead.serving.inputs.dependencies import DependencyGraph, RowValues
from homestead.serving.inputs.field_checks import describe_value, row_place

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
    view: ContractView
    key: EntityKey | None
    features: tuple[str, ...]

    @property
    def entity(self) -> Entity | None:
        """What to look up; None if there is nothing."""
        return None if self.key is None else (self.view.name, self.key)


class FeatureFill:
    """Looks up the features of one contract that rows lack."""

    def __init__(self, contract: Contract, graph: DependencyGraph) -> None:
        self._contract = contract
        self._graph = graph

    def fill(
        self, row_values: list[RowValues], rows: list[dict[str, Any]]
    ) -> LookupSteps[FilledViews]:
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
        while missing := self._missing(row_values, rows, done):
            entities = list(dict.fromkeys(e for item in missing if (e := item.entity) is not None))
            found = dict(zip(entities, (yield entities), strict=True)) if entities else {}
            for item in missing:
                view = item.view
                done.add((item.row, view.name))
                values = row_values[item.row]
                stored = found[item.entity] if item.entity is not None else None
                if isinstance(stored, StoreUnavailableError):
                    if view.on_store_failure == "refuse":
                        raise stored
                    unavailable.add(view.name)
                    values.update(dict.fromkeys(item.features, math.nan))
                    continue
                try:
                    if self._fill_row(item, values, stored):
                        stale.add(view.name)
                except RefusedError as error:
                    raise error.prefixed(row_place(item.row, len(rows))) from None
        return FilledViews(stale, unavailable)

    def _missing(
        self,
        row_values: list[RowValues],
        rows: list[dict[str, Any]],
        done: Collection[tuple[int, str]],
    ) -> list[_MissingFeatures]:
        """Return what can be looked up now: missing features of rows whose entity is known."""
        found = []
        for i, values in enumerate(row_values):
            for view, features in self._graph.missing_by_view(frozenset(values)):
                if (i, view.name) in done:
                    continue
                try:
                    key, is_known = self._entity_key(view, values, rows[i])
                except RefusedError as error:
                    raise error.prefixed(row_place(i, len(rows))) from None
                if is_known:
                    found.append(_MissingFeatures(i, view, key, features))
        return found

    def _fill_row(
        self, missing: _MissingFeatures, values: RowValues, stored: StoredRow | None
    ) -> bool:
        """Add what a view stores to a row's values, and return whether it is stale."""
        view = missing.view
        if stored is None:
            if view.missing == "refuse":
                found = "null" if missing.key is None else missing.key
                raise RefusedError(404, "entity", f"unknown {view.entity} {found}")
            values.update(dict.fromkeys(missing.features, math.nan))
            return False
        for name in missing.features:
            value = stored.values.get(name)
            values[name] = math.nan if value is None else value
        age_s = values[self._contract.timestamp] - stored.event_time
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
            values.update(dict.fromkeys(missing.features, math.nan))
        return True

    def _entity_key(
        self, view: ContractView, values: RowValues, row: dict[str, Any]
    ) -> tuple[EntityKey | None, bool]:
        """Return a view's entity of a row (None if it is null), and whether the row has one."""
        entity = view.entity
        column = self._contract.columns.get(entity)
        if entity in values and column is not None and column.allowed:
            return _category(entity, values[entity], column.allowed), True
        number = self._graph.derive(entity, values)
        if number is None:
            return None, False
        # As the request holds it: the model's number may be rounded. A boolean may be a word.
        is_boolean = column is not None and column.type == "boolean"
        given = None if is_boolean else row.get(entity)
        return _exact_key(entity, number if given is None else given), True


def _category(entity: str, code: float, allowed: tuple[str, ...]) -> str | None:
    """Return the text that a code stands for.

    Raises:
        StoreUnavailableError: another view stores a code that the contract does not know.
    """
    if math.isnan(code):
        return None
    if code not in range(len(allowed)):
        raise StoreUnavailableError(
            f"{entity}: the feature store holds the code {code:g}, allowed are 0 to"
            f" {len(allowed) - 1}"
        )
    return allowed[int(code)]


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
