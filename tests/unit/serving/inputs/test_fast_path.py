"""Which rows take the fast path; that it gives the resolver's answers is checked by resolve()."""

import math
from typing import Any

import pandas as pd
import pytest

from homestead.problem.encoding import feature_matrix
from homestead.problem.sections.column import Column
from tests.homes import FEATURES, NOW, ROW, HomesResolver, homes_contract, homes_resolver, resolve

COMPLETE = {**ROW, "near": 0.5, "floor": None}


def test_a_complete_row_takes_it_also_with_its_key_and_timestamp() -> None:
    resolver = homes_resolver()
    assert resolver.fast_path([COMPLETE], NOW) is not None
    with_key = {**COMPLETE, "id": 7, "sold": "2014-12-31T23:30:00-02:00"}
    (row,) = resolver.fast_path([with_key], NOW) or [[]]
    assert dict(zip(FEATURES, row, strict=True))["age"] == 15
    assert [inputs["age"] for inputs in resolve(COMPLETE, with_key)] == [15, 15]


@pytest.mark.parametrize(
    "change",
    [
        {"colour": 1},
        {"area": None},
        {"area": True},
        {"area": math.nan},
        {"area": 501},
        {"area": 9},
        {"rooms": 3.0},
        {"id": 10**30},
        {"id": "7"},
        {"lift": 2},
        {"lift": "yes"},
        {"kind": 1},
        {"kind": ["house"]},
        {"sold": "soon"},
        {"near": 10**400},
        {"cell_size": 1.5},
    ],
)
def test_an_invalid_or_unusual_row_is_left_to_the_resolver(change: dict[str, Any]) -> None:
    assert homes_resolver().fast_path([COMPLETE, {**COMPLETE, **change}], NOW) is None


@pytest.mark.parametrize("lift", [True, 1, 1.0])
def test_a_boolean_may_be_a_number(lift: Any) -> None:
    assert homes_resolver().fast_path([{**COMPLETE, "lift": lift}], NOW) is not None
    assert resolve({**COMPLETE, "lift": lift}) == resolve(COMPLETE)


def test_an_incomplete_row_is_left_to_the_resolver() -> None:
    row = {name: value for name, value in COMPLETE.items() if name != "rooms"}
    assert homes_resolver().fast_path([row], NOW) is None


def test_quoted_names_texts_and_time_zones_are_computed_as_for_a_table() -> None:
    contract = homes_contract(
        columns={
            "sold": Column(type="timestamp"),
            "Gr Liv Area": Column(type="number"),
            "class": Column(type="category", allowed=("flat", "house"), nullable=True),
            "max()": Column(type="boolean"),
            "agent": Column(type="text", nullable=True),
        },
        derived={
            "large": "`Gr Liv Area` > 100 and `class` == 'house'",
            "evening": "hour(sold, 'America/New_York') >= 18",
            "known": "agent in ('Ann', '7')",
            "kind": "where(`class` in ('flat', 'cave'), max(large, 2), `max()` != 'yes')",
        },
        views=(),
        features=("Gr Liv Area", "large", "evening", "kind", "known"),
    )
    rows: list[dict[str, Any]] = [
        {"Gr Liv Area": 120.5, "class": "house", "max()": True, "sold": "2024-07-01T22:30:00"},
        {"Gr Liv Area": 80, "class": "flat", "max()": False, "sold": "2024-12-01T22:30:00"},
        {"Gr Liv Area": 300, "class": None, "max()": False, "sold": "2024-12-01T23:30:00"},
    ]
    for row, agent in zip(rows, ("Ann", "ann", None), strict=True):
        row["agent"] = agent
    served = resolve(*rows, resolver=HomesResolver(contract, {}, NOW, None))
    trained = feature_matrix(pd.DataFrame(rows), contract)
    assert [list(row.values()) for row in served] == trained.tolist()
    assert trained[:, 1:].tolist() == [[1, 1, 0, 1], [0, 0, 2, 0], [0, 1, 1, 0]]


LEARNT = Column(type="category", allowed=("flat", "house", "other"), unseen="other", nullable=True)


@pytest.mark.parametrize("unseen", ["other", "missing", "refuse"])
@pytest.mark.parametrize("kind", ["house", "castle", "other", None, "", 7, True])
def test_unseen_categories_take_it_with_the_resolvers_answer(unseen: Any, kind: Any) -> None:
    kind_column = LEARNT.model_copy(update={"unseen": unseen})
    resolver = homes_resolver(columns=homes_contract().columns | {"kind": kind_column})
    row = {**COMPLETE, "kind": kind}
    is_known = kind in ("house", "other", None)
    is_fast = is_known or (kind == "castle" and unseen != "refuse")
    assert (resolver.fast_path([row], NOW) is not None) == is_fast
    if is_known or kind == "" or unseen != "refuse":
        resolve(row, resolver=resolver)  # compares both paths


@pytest.mark.parametrize(
    ("field", "value", "is_fast"),
    [
        ("kind", "?", False),
        ("kind", " house ", False),
        ("kind", "castle", False),
        ("kind", "house", True),
        ("floor", -9, False),
        ("floor", 3, True),
        ("area", -999, False),
        ("area", -999.0, False),
    ],
)
def test_markers_of_missing_values_mean_what_they_mean_in_the_table(
    field: str, value: Any, is_fast: bool
) -> None:
    columns = homes_contract().columns | {
        "kind": LEARNT.model_copy(update={"missing": ("?",), "trim": True}),
        "floor": Column(type="integer", nullable=True, missing=("-9",)),
        "area": Column(type="number", nullable=True, missing=("-999",)),
    }
    resolver = homes_resolver(columns=columns)
    row = {**COMPLETE, field: value}
    assert (resolver.fast_path([row], NOW) is not None) == is_fast
    (inputs,) = resolve(row, resolver=resolver)
    expected = {"?": math.nan, " house ": 1, "castle": 2, "house": 1, 3: 3}.get(value, math.nan)
    assert inputs[field] == pytest.approx(expected, nan_ok=True)
