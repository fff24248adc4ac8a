"""Slices of logged rows have the names of the certificate."""

import math

from homestead.prediction_log.evidence.row_slices import RowSlices

SLICES = RowSlices(
    names={
        "grade": ["7", "8"],
        "area": ["-3 to 0.5", "0.5 to 2", "2 to 1e+06"],
        "kind": ["flat", "villa"],
        "sold": ["1"],
    },
    categories={"kind": ["flat", "hut", "villa"]},
)


def test_a_row_has_a_slice_of_each_column_that_knows_its_value() -> None:
    row = {"grade": 7.0, "area": 0.5, "kind": 2.0, "other": 1.0}
    assert SLICES.of(row) == {"grade": "7", "area": "-3 to 0.5", "kind": "villa"}
    assert SLICES.of({"grade": 9.0, "area": 0.6, "kind": 1.0, "sold": True}) == {
        "area": "0.5 to 2",
        "sold": "1",
    }


def test_values_beyond_all_ranges_are_in_the_outermost_ones() -> None:
    assert SLICES.of({"area": -9.0}) == {"area": "-3 to 0.5"}
    assert SLICES.of({"area": 1e9}) == {"area": "2 to 1e+06"}


def test_missing_and_hashed_values_have_no_slice() -> None:
    assert SLICES.of({"grade": None, "area": math.nan, "kind": "5f3c"}) == {}
