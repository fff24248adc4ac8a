"""Arrow's conversion of plain values: never another value or verdict than the rules' own."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homestead.data.checking.plain_values import plain_values
from homestead.data.column_types import convert_column
from homestead.data.row_rules import broken_rules
from homestead.problem.sections.column import Column
from homestead.problem.sections.source_format import SourceFormat

COLUMNS = [
    Column(type="integer"),
    Column(type="integer", range=(-5, 9e15), nullable=True),
    Column(type="integer", allowed=("1", "-2", "30")),
    Column(type="integer", missing=("-999", "007")),
    Column(type="number"),
    Column(type="number", range=(-1.5, 1e6)),
    Column(type="number", missing=("-1", "1e3"), nullable=True),
]
TEXTS = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.integers(-30, 1010).map(str),
    st.floats().map(str),
    st.sampled_from(
        ["", "NA", "-999", "-999.0", "007", "7", "1e3", "0x1", "1_0", " 5", "+5", "-0"]
    ),
    st.text("0123456789.eE+- ", max_size=8),
)


def agree(values: pa.Array, raw: pd.Series, column: Column, is_positive: bool) -> int:
    """Assert that good values are what the rules make of them, and return their number."""
    plain = plain_values(values, column, SourceFormat(), is_positive)
    assert plain is not None
    converted, suspicious = plain
    present, expected, bad = convert_column(raw, "x", column, SourceFormat())
    rules = broken_rules(pd.DataFrame({"x": expected}), {"x": column}, "x" if is_positive else None)
    wrong = {value.row for value in [*bad, *rules]}
    for row in np.flatnonzero(~suspicious):
        found = converted[row].as_py()
        assert row not in wrong
        assert (found is not None) == bool(present[row])
        assert found is None or (found == expected[row] and str(found) == str(expected[row]))
    return int((~suspicious).sum())


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=40), st.sampled_from(COLUMNS), st.booleans())
def test_texts_are_what_the_rules_make_of_them(
    texts: list[str], column: Column, is_positive: bool
) -> None:
    agree(pa.array(texts, pa.string()), pd.Series(texts, dtype=object), column, is_positive)


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize(
    "values",
    [
        pd.Series([1, 2**62, -2, None, -999, 7], dtype="Int64"),
        pd.Series([1.5, np.nan, np.inf, -0.0, 1000.0, -1.0]),
        pd.Series([0, 30, 255], dtype="UInt8"),
    ],
)
def test_numbers_are_what_the_rules_make_of_them(column: Column, values: pd.Series) -> None:
    array = pa.array(values, from_pandas=False)
    if plain_values(array, column, SourceFormat(), False) is not None:
        agree(array, values, column, False)


@pytest.mark.parametrize(
    ("values", "column", "source_format"),
    [
        (["1,5"], Column(type="number"), SourceFormat(decimal=",")),
        (["1.000"], Column(type="integer"), SourceFormat(decimal=",", thousands=".")),
        (["2024-01-01"], Column(type="timestamp"), SourceFormat()),
        (["a"], Column(type="category"), SourceFormat()),
        ([1.0], Column(type="integer"), SourceFormat()),
    ],
)
def test_what_needs_the_rules_is_left_to_them(
    values: list[Any], column: Column, source_format: SourceFormat
) -> None:
    assert plain_values(pa.array(values), column, source_format, False) is None


def test_common_values_need_no_rule() -> None:
    values = pa.array(["3", "47.5112", "-122.257", "1e5", "221900"])
    assert agree(values, pd.Series(values.to_pylist()), Column(type="number"), False) == 5
