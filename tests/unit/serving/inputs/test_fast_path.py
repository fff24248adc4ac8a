"""Which rows take the fast path; that it gives the resolver's answers is checked by resolve()."""

import math
from typing import Any

import pytest

from tests.homes import FEATURES, NOW, ROW, homes_resolver, resolve

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
