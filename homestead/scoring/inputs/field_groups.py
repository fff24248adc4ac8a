"""Regular rows that hold the same fields, resolved by columns."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from homestead.problem.contract import ContractView
from homestead.problem.entity_keys import MAX_EXACT_FLOAT
from homestead.scoring.inputs.fields import FieldValues
from homestead.scoring.inputs.model_inputs import TableInputs, mark_of
from homestead.scoring.inputs.stored_features import FOUND, UNREADABLE, StoredFeatures, ViewValues
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.feature_fill import CLOCK_TOLERANCE_S, SECONDS_PER_DAY
from homestead.serving.inputs.resolver import Resolver
from homestead.serving.inputs.stored_values import category_decoder, text_key

_TEXT_TYPES = ("category", "text")


class FieldGroup:
    """Regular rows that hold the same fields, resolved by columns."""

    def __init__(
        self,
        resolver: Resolver,
        stored: StoredFeatures,
        fields: Mapping[str, FieldValues],
        names: frozenset[str],
        places: np.ndarray,
        now: float,
    ) -> None:
        self._contract = contract = resolver.contract
        self._resolver = resolver
        self._graph = resolver.graph
        self._stored = stored
        self._fields = fields
        self._given = names
        self._places = places
        self._now = now
        self._is_regular = np.ones(len(places), dtype=bool)
        self._values: dict[str, np.ndarray] = {}
        if contract.timestamp is not None:
            self._values[contract.timestamp] = np.full(len(places), now)
        self._values |= {name: fields[name].numbers[places] for name in names}

    def resolve(self, inputs: TableInputs) -> np.ndarray:
        """Add the rows' inputs; return which of them are regular after all."""
        graph, values = self._graph, self._values
        if not graph.required <= values.keys():
            self._fill(inputs)
        for name in graph.missing_inputs(values.keys()):
            column = self._contract.columns.get(name)
            if column is None or not column.nullable:
                return np.zeros(len(self._places), dtype=bool)
        for name in graph.required - values.keys():
            values[name] = np.full(len(self._places), np.nan)
        for name in graph.used_expressions:
            if name not in values:
                values[name] = self._evaluated(name)
        for position, name in enumerate(self._contract.features):
            inputs.matrix[self._places, position] = values[name]
        return self._is_regular

    def _fill(self, inputs: TableInputs) -> None:
        """Add the features that the rows lack, as FeatureFill does for the rows of a request."""
        missing = list(self._graph.missing_by_view(frozenset(self._values)))
        while missing:
            keys = [self._keys(view) for view, _ in missing]
            ready = [
                (*item, key) for item, key in zip(missing, keys, strict=True) if key is not None
            ]
            missing = [item for item, key in zip(missing, keys, strict=True) if key is None]
            if not ready:
                return
            for view, features, key in ready:
                found = self._stored.of_view(view, key, self._times())
                self._add(view, features, found, inputs)

    def _times(self) -> np.ndarray:
        times = self._values.get(self._contract.timestamp or "")
        if times is None:
            return np.full(len(self._places), self._now)
        return np.where(np.isnan(times), self._now, times)

    def _add(
        self,
        view: ContractView,
        features: tuple[str, ...],
        found: ViewValues,
        inputs: TableInputs,
    ) -> None:
        """Add what a view stores to the rows' values."""
        is_found = found.states == FOUND
        self._is_regular &= found.states != UNREADABLE
        if view.missing == "refuse":
            self._is_regular &= is_found
        is_stale = self._stale(view, found) & is_found
        if view.stale == "refuse":
            self._is_regular &= ~is_stale
        if is_stale.any():
            mark_of(inputs.stale, view.name, len(inputs.matrix))[self._places] |= is_stale
        has_value = is_found & ~is_stale if view.stale == "null" else is_found
        for name in features:
            values = found.values[:, view.features.index(name)]
            column = self._contract.columns.get(name)
            if column is not None and column.allowed:
                values = self._decoded(name, values)
            self._values[name] = np.where(has_value, values, np.nan)

    def _stale(self, view: ContractView, found: ViewValues) -> np.ndarray:
        if self._contract.timestamp is None:
            return np.zeros(len(self._places), dtype=bool)
        with np.errstate(invalid="ignore"):
            age_s = self._values[self._contract.timestamp] - found.event_times
            is_stale: np.ndarray = age_s > view.ttl_days * SECONDS_PER_DAY
            if view.horizon_days is not None:
                is_stale |= age_s < -CLOCK_TOLERANCE_S
        return is_stale

    def _decoded(self, name: str, stored: np.ndarray) -> np.ndarray:
        """Return the model's codes of a category as a view stores it."""
        decode = category_decoder(name, self._contract.columns[name])
        distinct, codes = np.unique(stored, return_inverse=True)
        decoded = np.full(len(distinct), np.nan)
        is_known = np.ones(len(distinct), dtype=bool)
        for i, value in enumerate(distinct.tolist()):
            if not math.isnan(value):
                try:
                    decoded[i] = decode(value)
                except RefusedError:
                    is_known[i] = False
        self._is_regular &= is_known[codes]
        return decoded[codes]

    def _keys(self, view: ContractView) -> pd.Series | None:
        """Return the rows' keys of a view; None if what they depend on is missing."""
        entity = view.entity
        column = self._contract.columns.get(entity)
        is_given = entity in self._given
        if entity in self._values and column is not None and column.type in _TEXT_TYPES:
            codes = self._values[entity]
            given = self._fields[entity].keys.iloc[self._places] if is_given else codes
            positions, distinct = pd.factorize(given)
            if is_given:
                found = [text_key(column, text, 0.0) for text in distinct.tolist()]
            else:
                found = [text_key(column, None, code) for code in distinct.tolist()]
            return pd.Series(np.array([*found, None], dtype=object)[positions])
        numbers = self._derived(entity)
        if numbers is None:
            return None
        if is_given and column is not None and column.type == "integer":
            return self._fields[entity].keys.iloc[self._places].reset_index(drop=True)
        # Whole numbers below them, exact up to 2^53; as homestead.problem.entity_keys has it.
        is_finite = np.isfinite(numbers)
        whole = np.floor(np.where(is_finite, numbers, 0.0))
        self._is_regular &= np.abs(whole) <= MAX_EXACT_FLOAT
        whole = np.clip(whole, -MAX_EXACT_FLOAT, MAX_EXACT_FLOAT)
        return pd.Series(whole.astype(np.int64)).astype("Int64").mask(~is_finite)

    def _derived(self, name: str) -> np.ndarray | None:
        if name not in self._values:
            expression = self._graph.expressions.get(name)
            if expression is None or any(self._derived(n) is None for n in expression.names):
                return None
            self._values[name] = self._evaluated(name)
        return self._values[name]

    def _evaluated(self, name: str) -> np.ndarray:
        expression = self._graph.expressions[name]
        if expression.names:
            return expression.evaluate_columns({n: self._values[n] for n in expression.names})
        return np.full(len(self._places), expression.evaluate_row({}))


def same_fields(
    fields: Mapping[str, FieldValues], places: np.ndarray
) -> list[tuple[frozenset[str], np.ndarray]]:
    """Return the sets of fields that rows hold, with the rows of each."""
    always = {name for name, each in fields.items() if each.is_given[places].all()}
    others = [name for name in fields if name not in always and fields[name].is_given[places].any()]
    if not others:
        return [(frozenset(always), places)] if len(places) else []
    patterns = np.column_stack([fields[name].is_given[places] for name in others])
    packed = np.packbits(patterns, axis=1)
    _, first, inverse = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    inverse = inverse.reshape(-1)
    return [
        (
            frozenset(
                always | {n for n, is_held in zip(others, patterns[row], strict=True) if is_held}
            ),
            places[inverse == number],
        )
        for number, row in enumerate(first)
    ]
