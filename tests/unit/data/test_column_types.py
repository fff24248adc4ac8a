"""Conversion of columns to the problem's types."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from homestead.data.column_types import convert_columns, format_value
from homestead.errors import UserError
from homestead.problem.loader import parse_problem
from tests.problem_text import changed_flats

VALID = {"id": 1, "listed": "2024-05-01", "rent": 700, "area": 50, "district": "north", "lift": 1}


def _convert(name: str, values: list[Any]) -> tuple[pd.Series, list[list[str]]]:
    problem = parse_problem(changed_flats(columns__district__allowed=["north", "2"]))
    raw = pd.DataFrame({**{n: [value] * len(values) for n, value in VALID.items()}, name: values})
    columns, reasons = convert_columns(raw, problem)
    return columns[name], reasons


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("id", ["7", 8.0, 9], [7, 8, 9]),
        ("rent", ["7.5", 8, None], [7.5, 8, None]),
        ("lift", ["yes", "No", "1.0", 0, True, None], [True, False, True, False, True, None]),
        ("district", [2.0, None], ["2", None]),
        (
            "listed",
            ["2024-05-01T12:00:00+02:00", "2024-05-01"],
            [pd.Timestamp("2024-05-01 10:00"), pd.Timestamp("2024-05-01")],
        ),
    ],
)
def test_values_are_converted(name: str, values: list[Any], expected: list[Any]) -> None:
    converted, reasons = _convert(name, values)
    assert [None if pd.isna(value) else value for value in converted] == expected
    assert not any(reasons)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("id", 2**53 + 0.0, "id: found 9.00719925474099e+15, allowed is a whole number"),
        ("rent", float("inf"), "rent: found inf, allowed is a number"),
        ("lift", "maybe", "lift: found 'maybe', allowed is true or false"),
        ("listed", "soon", "listed: found 'soon', allowed is a time in ISO 8601"),
    ],
)
def test_a_value_that_cannot_be_converted_is_missing_with_a_reason(
    name: str, value: Any, reason: str
) -> None:
    converted, reasons = _convert(name, [VALID[name], value])
    assert converted.isna().tolist() == [False, True]
    assert reasons[0] == []
    assert reasons[1][0].startswith(reason)


def test_a_column_without_any_convertible_value_is_refused() -> None:
    with pytest.raises(UserError, match="column rent: found 'dear', allowed is a number"):
        _convert("rent", ["dear", None])


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "True"), (np.int64(3), "3"), (0.1 + 0.2, "0.3"), ("a", "'a'"), (None, "'None'")],
)
def test_values_are_written_as_in_the_file(value: Any, text: str) -> None:
    assert format_value(value) == text
