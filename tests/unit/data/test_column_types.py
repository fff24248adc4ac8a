"""Conversion of columns to the problem's types."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from homestead.data.bad_values import BadValue
from homestead.data.column_types import convert_columns
from homestead.errors import UserError
from homestead.problem.loader import parse_problem
from homestead.problem.values.missing_words import MISSING_WORDS
from tests.problem_text import changed_flats

VALID = {"id": 1, "listed": "2024-05-01", "rent": 700, "area": 50, "district": "north", "lift": 1}


def _convert(
    name: str, values: Any, allowed: tuple[str, ...] = ("north", "2")
) -> tuple[list[Any], list[BadValue]]:
    problem = parse_problem(changed_flats(columns__district__allowed=list(allowed)))
    raw = pd.DataFrame({**{n: [value] * len(values) for n, value in VALID.items()}, name: values})
    columns, bad = convert_columns(raw, problem.columns, problem.source)
    return [None if pd.isna(value) else value for value in columns[name]], bad


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("id", ["7", 8.0, 9], [7, 8, 9]),
        ("id", ["7", "8.0", " 9 ", "1e3", "-4", ""], [7, 8, 9, 1000, -4, None]),
        ("rent", ["7.5", 8, None], [7.5, 8, None]),
        ("rent", ["7.5", "+8", ".5", "1e3", " 2 "], [7.5, 8, 0.5, 1000, 2]),
        ("rent", [*MISSING_WORDS, "", "1"], [None] * (len(MISSING_WORDS) + 1) + [1]),
        ("rent", [Decimal("1.50"), None], [1.5, None]),
        ("lift", ["yes", "No", "1.0", 0, True, None], [True, False, True, False, True, None]),
        ("lift", ["true", "0", "NA"], [True, False, None]),
        ("district", [2.0, None], ["2", None]),
        (
            "listed",
            ["2024-05-01T12:00:00+02:00", "2024-05-01"],
            [pd.Timestamp("2024-05-01 10:00"), pd.Timestamp("2024-05-01")],
        ),
        ("listed", [date(2024, 5, 1), None], [pd.Timestamp("2024-05-01"), None]),
    ],
)
def test_values_are_converted(name: str, values: list[Any], expected: list[Any]) -> None:
    assert _convert(name, values) == (expected, [])


@pytest.mark.parametrize(
    "values",
    [
        ["9007199254740993", "9223372036854775807", None],
        pd.Series([2**53 + 1, 2**63 - 1, None], dtype=object),
        [Decimal(2**53 + 1), Decimal(2**63 - 1), None],
        pd.array([2**53 + 1, 2**63 - 1, None], "Int64"),
        pd.array([2**53 + 1, 2**63 - 1, None], "UInt64"),
    ],
    ids=["text", "int", "decimal", "Int64", "UInt64"],
)
def test_integers_of_64_bits_are_exact(values: Any) -> None:
    assert _convert("id", values) == ([2**53 + 1, 2**63 - 1, None], [])


def test_a_category_is_the_text_as_it_stands() -> None:
    texts = ["NA", "None", "null", "", "02134", "true", "1.10", "1e3", " x"]
    assert _convert("district", texts, tuple(texts)) == (texts, [])


@pytest.mark.parametrize(
    ("values", "allowed", "expected"),
    [
        ([True, False], ("True", "False"), ["True", "False"]),
        ([True, False], ("true", "false"), ["true", "false"]),
        ([2.0, 2.5], ("2", "2.5"), ["2", "2.5"]),
        ([2.0, None], ("2.0", "3.0"), ["2.0", None]),
        (pd.array([2, None], "Int64"), ("2", "3"), ["2", None]),
        ([Decimal("2.00")], ("2", "3"), ["2"]),
        ([b"north"], ("north", "2"), ["north"]),
        (["", "north"], ("north", "2"), [None, "north"]),
        ([pd.Timestamp("2024-05-01")], ("2024-05-01", "2"), ["2024-05-01"]),
        (pd.Categorical(["north", None]), ("north", "2"), ["north", None]),
    ],
)
def test_a_category_of_another_type_is_the_text_that_a_user_writes(
    values: Any, allowed: tuple[str, ...], expected: list[Any]
) -> None:
    assert _convert("district", values, allowed) == (expected, [])


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("id", 2**53 + 0.0, "id: found 9.00719925474099e+15, allowed is a whole number of 64 bits"),
        ("id", 2**63, "id: found 9223372036854775808, allowed is a whole number of 64 bits"),
        ("id", "9223372036854775808", "id: found '9223372036854775808', allowed is a whole"),
        ("id", Decimal("1.5"), "id: found '1.5', allowed is a whole number"),
        ("id", "1_000", "id: found '1_000', allowed is a whole number"),
        ("id", "0x10", "id: found '0x10', allowed is a whole number"),
        ("id", "1e999999", "id: found '1e999999', allowed is a whole number"),
        ("id", "1.00000000000000000000000000000000000001", "id: found '1.0000"),
        ("rent", float("inf"), "rent: found inf, allowed is a number"),
        ("rent", "1e999", "rent: found '1e999', allowed is a number"),
        ("rent", "1,5", "rent: found '1,5', allowed is a number"),
        ("rent", "n/a?", "rent: found 'n/a?', allowed is a number"),
        ("rent", timedelta(hours=1), "rent: found '1:00:00', a duration; allowed is a number"),
        ("rent", datetime(2024, 1, 1), "rent: found '2024-01-01 00:00:00', a time; allowed is a"),
        ("lift", "maybe", "lift: found 'maybe', allowed is true or false"),
        ("listed", "soon", "listed: found 'soon', allowed is a time in ISO 8601"),
        ("listed", "20240101", "listed: found '20240101', allowed is a time in ISO 8601"),
        ("listed", "1701011200", "listed: found '1701011200', allowed is a time in ISO 8601"),
        ("listed", "9999-12-31", "listed: found '9999-12-31', allowed is a time in ISO 8601"),
        ("listed", "0001-01-01", "listed: found '0001-01-01', allowed is a time in ISO 8601"),
        ("listed", datetime(9999, 12, 31), "listed: found '9999-12-31 00:00:00', allowed is"),
    ],
)
def test_a_value_that_cannot_be_converted_is_missing_with_a_reason(
    name: str, value: Any, reason: str
) -> None:
    values, bad = _convert(name, pd.Series([VALID[name], value], dtype=object))
    assert [v is None for v in values] == [False, True]
    assert [value.row for value in bad] == [1]
    assert str(bad[0]).startswith(reason)


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_times_beyond_the_span_are_bad_in_each_unit(unit: str) -> None:
    times = np.array(["2024-05-01", "9999-12-31", "0001-01-01", "NaT"], f"datetime64[{unit}]")
    values, bad = _convert("listed", times)
    assert values == [pd.Timestamp("2024-05-01"), None, None, None]
    assert [value.row for value in bad] == [1, 2]
    assert "found '9999-12-31 00:00:00'" in str(bad[0])
    assert "from 1700-01-01 to 2261-12-31" in str(bad[0])


@pytest.mark.parametrize("kind", ["datetime64[ns]", "timedelta64[s]"])
def test_a_number_that_holds_times_is_refused_and_nat_is_missing(kind: str) -> None:
    assert _convert("rent", np.array(["NaT", "NaT"], kind)) == ([None, None], [])
    with pytest.raises(UserError, match=r"column rent: found .*, a (time|duration); allowed is"):
        _convert("rent", np.array([5, "NaT"], kind))


def test_columns_without_any_convertible_value_are_refused_together() -> None:
    problem = parse_problem(changed_flats())
    raw = pd.DataFrame({**VALID, "rent": ["dear", None], "lift": "up"})
    with pytest.raises(UserError) as error:
        convert_columns(raw, problem.columns, problem.source)
    assert str(error.value).splitlines() == [
        "flats.csv: column rent: found 'dear', allowed is a number",
        "flats.csv: column lift: found 'up', allowed is true or false, also written 1 or 0,"
        " 'yes' or 'no'",
    ]
