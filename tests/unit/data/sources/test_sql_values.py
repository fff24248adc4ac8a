"""Values of queries as columns of Arrow: exact in pieces, and together."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homestead.data.sources.sql_values import (
    MARKED,
    carried_type,
    common_kind,
    marked_values,
    piece,
    recarried,
    restored,
)

TIME = datetime(2024, 2, 29, 23, 59, 59, 999_999)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(),
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.timedeltas(),
)


def joined(pieces: list[list[Any]]) -> tuple[pa.DataType, list[Any]]:
    """Return the type of all pieces, and their values as a reader gets them."""
    parts = [piece(values) for values in pieces]
    kind = common_kind(part.kind for part in parts)
    carried = [recarried(part.carried, part.kind, kind) for part in parts]
    assert all(array.type == carried_type(kind) for array in carried)
    values = [value for array in carried for value in restored(array, kind).to_pylist()]
    return kind, marked_values(values) if kind == MARKED else values


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, None, -(2**63)], "int64"),
        ([0.5, -0.0, float("inf")], "double"),
        ([True, None], "bool"),
        (["a\0b", "ü"], "string"),
        ([b"\xff"], "binary"),
        ([TIME, datetime(1, 1, 1)], "timestamp[us]"),
        ([TIME.replace(tzinfo=UTC)], "timestamp[us, tz=UTC]"),
        ([date(1, 1, 1)], "date32[day]"),
        ([time(23, 59, 59, 1)], "time64[us]"),
        ([timedelta(days=-1, microseconds=1)], "duration[us]"),
        ([Decimal("1.50"), Decimal("-20")], "decimal128(4, 2)"),
        ([Decimal(10) ** 45, Decimal("0.25")], "decimal256(48, 2)"),
        ([None, None], "null"),
        ([2**63, 1], str(MARKED)),
        ([Decimal("NaN"), Decimal("Infinity")], str(MARKED)),
        ([1, 1.0, "1", True, b"1", Decimal("1.00"), TIME, date(2024, 1, 1)], str(MARKED)),
    ],
)
def test_values_come_back_in_one_piece_and_in_many(values: list[Any], kind: str) -> None:
    for pieces in ([values], [[value] for value in values]):
        found, read = joined(pieces)
        assert str(found) == kind
        assert [type(value) for value in read] == [type(value) for value in values]
        assert [str(v) for v in read] == [str(v) for v in values] or "decimal" in kind
        assert read == values or str(values[0]) == "NaN"


@settings(max_examples=60, deadline=None)
@given(values=st.lists(VALUES, min_size=1, max_size=8), cut=st.integers(0, 8))
def test_where_rows_are_cut_changes_no_value(values: list[Any], cut: int) -> None:
    pieces = [part for part in (values[:cut], values[cut:]) if part]
    kind, read = joined(pieces)
    assert joined([values]) == (kind, read)
    assert [type(value) for value in read] == [type(value) for value in values]
    assert read == values


def test_decimals_have_the_scale_of_all_whatever_the_piece() -> None:
    assert [str(value) for value in joined([[Decimal("1.5")], [Decimal("22.25")]])[1]] == [
        "1.50",
        "22.25",
    ]
    # Beside one that no type holds each keeps its digits.
    kind, read = joined([[Decimal("1.5"), Decimal("2.25")], [Decimal("NaN")]])
    assert kind == MARKED
    assert [str(value) for value in read] == ["1.5", "2.25", "NaN"]


def test_values_of_other_types_are_texts() -> None:
    assert joined([[(1, 2)], [range(3)]])[1] == ["(1, 2)", "range(0, 3)"]
