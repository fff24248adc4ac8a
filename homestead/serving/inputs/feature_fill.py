"""Filling in what a request does not hold from the online store."""

import math
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, NamedTuple

from homestead.features.stored_rows import Entity, StoredRow
from homestead.problem.contract import Contract, ContractView
from homestead.problem.entity_keys import EntityKey
from homestead.serving.errors import RefusedError, StoreUnavailableError
from homestead.serving.features.lookup_steps import LookedUpRow, LookupSteps
from homestead.serving.inputs.dependencies import DependencyGraph, RowValues
from homestead.serving.inputs.field_checks import row_place
from homestead.serving.inputs.stored_values import category_decoder, number_key, text_key

SECONDS_PER_DAY = 86400
# Stores keep event times in seconds.
CLOCK_TOLERANCE_S = 2


class FilledViews(NamedTuple):
    """Views that did not supply fresh values to a request, by name.

    Attributes:
        stale: those that supplied a value older than their time to live, or past rows that count
            for later times only.
        unavailable: those whose values are null because the store could not be read.
    """

    stale: Collection[str] = ()
    unavailable: Collection[str] = ()


class _MissingFeatures(NamedTuple):
    """Features of one view that a row lacks.

    Attributes:
        row: position of the row in the request.
    """

    row: int
    view: ContractView
    features: tuple[str, ...]


class FeatureFill:
    """Looks up the features of one contract that rows lack."""

    def __init__(self, contract: Contract, graph: DependencyGraph) -> None:
        self._contract = contract
        self._graph = graph
        self._decoders = {
            name: category_decoder(name, column)
            for name, column in contract.columns.items()
            if column.allowed and any(name in view.features for view in contract.views)
        }

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
        stale: set[str] = set()
        unavailable: set[str] = set()
        missing = [
            _MissingFeatures(i, view, features)
            for i, values in enumerate(row_values)
            for view, features in self._graph.missing_by_view(frozenset(values))
        ]
        while missing:
            # Those whose entity is known, and its key; None if it is null.
            ready: list[tuple[_MissingFeatures, EntityKey | None]] = []
            others = []
            for item in missing:
                try:
                    key, is_known = self._entity_key(
                        item.view, row_values[item.row], rows[item.row]
                    )
                except RefusedError as error:
                    raise error.prefixed(row_place(item.row, len(rows))) from None
                if is_known:
                    ready.append((item, key))
                else:
                    others.append(item)
            if not ready:
                break
            missing = others
            found: dict[Entity, LookedUpRow] = {
                (item.view.name, key): None for item, key in ready if key is not None
            }
            if found:
                found = dict(zip(found, (yield list(found)), strict=True))
            for item, key in ready:
                view, values = item.view, row_values[item.row]
                stored = None if key is None else found[view.name, key]
                if isinstance(stored, StoreUnavailableError):
                    if view.on_store_failure == "refuse":
                        raise stored
                    unavailable.add(view.name)
                    values.update(dict.fromkeys(item.features, math.nan))
                    continue
                try:
                    if self._fill_row(item, key, values, stored):
                        stale.add(view.name)
                except RefusedError as error:
                    raise error.prefixed(row_place(item.row, len(rows))) from None
        return FilledViews(stale, unavailable)

    def _fill_row(
        self,
        missing: _MissingFeatures,
        key: EntityKey | None,
        values: RowValues,
        stored: StoredRow | None,
    ) -> bool:
        """Add what a view stores to a row's values, and return whether it is stale."""
        view = missing.view
        if stored is None:
            if view.missing == "refuse":
                found = "null" if key is None else key
                raise RefusedError(404, "entity", f"unknown {view.entity} {found}")
            values.update(dict.fromkeys(missing.features, math.nan))
            return False
        stored_values = stored.values
        for name in missing.features:
            value = stored_values.get(name)
            if value is None:
                values[name] = math.nan
            else:
                decode = self._decoders.get(name)
                values[name] = value if decode is None else decode(value)
        if self._contract.timestamp is None:
            return False  # what an entity has does not age
        age_s = values[self._contract.timestamp] - stored.event_time
        is_early = view.horizon_days is not None and age_s < -CLOCK_TOLERANCE_S
        if not age_s > view.ttl_days * SECONDS_PER_DAY and not is_early:
            return False
        if view.stale == "refuse" and is_early:
            raise RefusedError(
                503,
                "stale",
                f"{view.entity} {key}: the values of {view.name} are those for"
                f" {datetime.fromtimestamp(stored.event_time, UTC):%Y-%m-%dT%H:%M:%SZ} and later,"
                f" {view.horizon_days:g} days ahead of the newest row",
            )
        if view.stale == "refuse":
            raise RefusedError(
                503,
                "stale",
                f"{view.entity} {key}: the newest values of {view.name} are older than"
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
        if entity in values and column is not None and column.type in ("category", "text"):
            return text_key(column, row.get(entity), values[entity]), True
        number = self._graph.derive(entity, values)
        if number is None:
            return None, False
        # As the request holds it: the model's number may be rounded. A boolean may be a word.
        is_boolean = column is not None and column.type == "boolean"
        given = None if is_boolean else row.get(entity)
        return number_key(entity, number if given is None else given), True
