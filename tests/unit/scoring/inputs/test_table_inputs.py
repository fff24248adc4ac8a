"""Rows by columns against the server's own resolver: the same bits, the same refusals."""

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homestead.features.stored_rows import Entity, StoredRow
from homestead.problem.contract import Contract, ContractView
from homestead.problem.entity_keys import EntityKey
from homestead.problem.sections.column import Column
from homestead.problem.sections.source_format import SourceFormat
from homestead.scoring.inputs.model_inputs import TableInputs
from homestead.scoring.inputs.stored_features import FOUND, UNKNOWN, UNREADABLE, ViewValues
from homestead.scoring.inputs.table_inputs import TableResolver
from homestead.scoring.inputs.text_files import lines_table
from homestead.scoring.source_rows import frame_of
from homestead.serving.errors import RefusedError, StoreUnavailableError
from homestead.serving.features.lookup_steps import LookedUpRow
from homestead.serving.inputs.resolver import ResolvedInputs, Resolver
from tests.homes import NOW, VIEWS, homes_contract

_BIG = 1582218195625938945
_STORED: dict[str, dict[EntityKey, StoredRow | Exception]] = {
    "homes": {
        7: StoredRow({"area": 80.5, "rooms": 3.0, "lift": 1.0, "kind": 1.0, "lat": 47.51}, NOW),
        # Old, and without some values.
        8: StoredRow(
            {"area": 1 / 3, "rooms": None, "lift": 0.0, "kind": 5.0, "lat": 47.9}, NOW - 20 * 86400
        ),
        9: StoreUnavailableError("the stored values of homes 9 cannot be read: broken"),
        _BIG: StoredRow({"area": 99.0, "rooms": 1.0, "lift": 0.0, "kind": 0.0, "lat": 47.3}, NOW),
        _BIG - 1: StoredRow(dict.fromkeys(("area", "rooms", "lift", "kind", "lat"), 1.0), NOW),
    },
    "cells": {
        475: StoredRow({"near": 0.1}, NOW + 86400),
        479: StoredRow({"near": None}, NOW),
        473: StoredRow({"near": 0.3}, NOW - 30 * 86400),
    },
    "kinds": {"house": StoredRow({"usual": 4.5}, NOW), "flat": StoredRow({"usual": 2.25}, NOW)},
}


class _Stored:
    """Stored features that stand in a dictionary."""

    def of_view(self, view: ContractView, keys: pd.Series, times: np.ndarray) -> ViewValues:
        values = np.full((len(keys), len(view.features)), np.nan)
        event_times, states = np.full(len(keys), np.nan), np.full(len(keys), UNKNOWN)
        for i, key in enumerate(keys.tolist()):
            row = None if pd.isna(key) else _STORED[view.name].get(key)
            if isinstance(row, StoredRow):
                found = [row.values[name] for name in view.features]
                values[i] = [math.nan if value is None else value for value in found]
                event_times[i], states[i] = row.event_time, FOUND
            elif row is not None:
                states[i] = UNREADABLE
        return ViewValues(values, event_times, states)

    def of_entities(
        self, entities: Sequence[Entity], times: Sequence[float]
    ) -> list[LookedUpRow | RefusedError]:
        return [_STORED[view].get(key) for view, key in entities]  # type: ignore[misc]

    def close(self) -> None:
        """Nothing is open."""


def _contract(**of_views: Any) -> Contract:
    kinds = ContractView(
        name="kinds", entity="kind", features=("usual",), ttl_days=9, missing="null"
    )
    views = tuple(view.model_copy(update=of_views) for view in (*VIEWS, kinds))
    columns = homes_contract().columns | {
        "note": Column(type="text", max_length=20),
        "kind": Column(type="category", allowed=("flat", "house"), trim=True, missing=("-",)),
    }
    derived = homes_contract().derived | {"is_short": "note == 'short'", "one": "1 + 1"}
    return homes_contract(
        views=views,
        columns=columns,
        derived=derived,
        features=(*homes_contract().features, "usual", "is_short", "one"),
    )


_NUMBERS = st.one_of(
    st.integers(-3, 600), st.floats(1, 520), st.sampled_from([1e300, 2**53 + 2, True, "soon", ""])
)
_ODD = st.sampled_from([None, [1], {"a": 1}, "NA", "80"])
_FIELDS = {
    "id": st.sampled_from([7, 8, 9, 7.0, 7.5, _BIG, _BIG - 1, 12, -(2**63), "x"]),
    "sold": st.sampled_from(
        ["2015-03-01", "2015-03-20T12:00:00.123456Z", "2014-12-31T23:30:00-02:00", "soon", 5]
    ),
    "area": _NUMBERS,
    "rooms": st.one_of(st.integers(0, 11), st.sampled_from([3.0, 2.5, "many"])),
    "lat": st.sampled_from([47.51, 47.999, 47.3, 48.5, 47]),
    "lift": st.sampled_from([True, False, 1, 0, "yes", "perhaps", 2]),
    "kind": st.sampled_from(["flat", "house", " house ", "boat", "-", "", 3]),
    "floor": st.sampled_from([2, 0.0, 1.5, "x"]),
    "note": st.sampled_from(["short", "long", "much too long for this column"]),
    "near": st.sampled_from([0.5, 1e400, 7, "x"]),
    "cell": st.sampled_from([475, 479.0, 473.9, 2.0**60, 2**60]),
    "cell_size": st.floats(-5, 5),
    "colour": st.just("not a field"),
}
_WITH_ODD = ("area", "floor", "kind", "note", "near", "lift", "sold", "id")
_ROWS = st.lists(
    st.fixed_dictionaries(
        {}, optional={n: v | _ODD if n in _WITH_ODD else v for n, v in _FIELDS.items()}
    )
    | st.fixed_dictionaries({"id": st.sampled_from([7, 8, _BIG]), "note": _FIELDS["note"]}),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(
    rows=_ROWS,
    missing=st.sampled_from(["refuse", "null"]),
    stale=st.sampled_from(["mark", "null", "refuse"]),
    on_store_failure=st.sampled_from(["refuse", "null"]),
    horizon_days=st.sampled_from([None, 1.0]),
)
def test_columns_give_a_servers_bits_and_sentences(
    rows: list[dict[str, Any]], **of_views: Any
) -> None:
    resolver = Resolver(_contract(**of_views))
    names = dict.fromkeys(name for row in rows for name in row)
    frame, sent = frame_of(lines_table([json.dumps(row).encode() for row in rows], names))
    assert sent is not None
    inputs = TableResolver(resolver, _Stored(), SourceFormat()).resolve(frame, NOW, sent)
    for i, row in enumerate(sent):
        given_row = {k: v for k, v in row.items() if k in resolver.fields}
        _assert_equal(inputs, i, _of_server(resolver, given_row), given_row)


def _of_server(resolver: Resolver, row: dict[str, Any]) -> ResolvedInputs | RefusedError:
    """Return what a server would make of a request of one row."""
    steps, found = resolver.resolve([row], NOW), None
    try:
        while True:
            found = _Stored().of_entities(steps.send(found), [])  # type: ignore[arg-type]
    except StopIteration as end:
        result: ResolvedInputs = end.value
        return result
    except RefusedError as error:
        return error


def _assert_equal(
    inputs: TableInputs, row: int, expected: ResolvedInputs | RefusedError, given_row: Any
) -> None:
    if isinstance(expected, RefusedError):
        refusal = inputs.refusals.get(row)
        assert refusal is not None, (given_row, str(expected))
        assert (str(refusal), refusal.reason) == (str(expected), expected.reason)
        return
    assert row not in inputs.refusals, (given_row, str(inputs.refusals.get(row)))
    found = inputs.matrix[row].tolist()
    # NaN is equal to NaN here, and -0.0 differs from 0.0.
    assert list(map(repr, found)) == list(map(repr, expected.rows[0])), given_row
    assert {v for v, is_marked in inputs.stale.items() if is_marked[row]} == set(
        expected.views.stale
    )
    assert {v for v, is_marked in inputs.unavailable.items() if is_marked[row]} == set(
        expected.views.unavailable
    )


def test_rows_of_a_key_alone_stand_beside_complete_ones() -> None:
    frame = pd.DataFrame(
        {
            "id": pd.array([7, None, 12], "Int64"),
            "area": [np.nan, 80.0, np.nan],
            "rooms": pd.array([None, 3, None], "Int64"),
            "lat": [np.nan, 47.5, np.nan],
            "lift": pd.array([None, True, None], "boolean"),
            "kind": [None, "house", None],
        }
    )
    resolver = Resolver(homes_contract())
    inputs = TableResolver(resolver, _Stored(), SourceFormat()).resolve(frame, NOW)
    assert inputs.matrix[0, :2].tolist() == [80.5, 3.0]
    assert inputs.matrix[1, :2].tolist() == [80.0, 3.0]
    assert str(inputs.refusals[2]) == "unknown id 12"
    assert list(inputs.refusals) == [2]


@pytest.mark.parametrize("rows", [0, 1])
def test_no_row_and_no_field_are_tables_too(rows: int) -> None:
    resolver = Resolver(homes_contract())
    frame = pd.DataFrame({"colour": ["red"] * rows})
    inputs = TableResolver(resolver, _Stored(), SourceFormat()).resolve(frame, NOW)
    assert inputs.matrix.shape == (rows, 8)
    assert all("missing fields" in str(error) for error in inputs.refusals.values())
    assert len(inputs.refusals) == rows
