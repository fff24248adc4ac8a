"""Checks of single values: the model's numbers, and messages of mistakes."""

import math
from typing import Any

import pytest

from homestead.problem.sections import Column
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import (
    column_check,
    describe_value,
    matrix_cell_check,
    number_check,
    row_place,
)

KIND = Column(type="category", allowed=("flat", "house"))


@pytest.mark.parametrize(
    ("column", "value", "number"),
    [
        (Column(type="boolean"), True, 1),
        (KIND, "house", 1),
        (Column(type="integer"), 3.0, 3),
        (Column(type="number", range=(0, 1)), 0.5, 0.5),
        (Column(type="timestamp"), "1970-01-02", 86400),
        (Column(type="timestamp"), "1970-01-01T00:00:00+01:00", -3600),
    ],
)
def test_values_become_numbers(column: Column, value: Any, number: float) -> None:
    assert column_check(column)(value) == number


@pytest.mark.parametrize(
    ("kind", "allowed"),
    [
        ("integer", "an integer"),
        ("number", "a number"),
        ("boolean", "true or false"),
        ("timestamp", "an ISO 8601 time"),
    ],
)
def test_null_is_missing_only_where_the_column_allows_it(kind: Any, allowed: str) -> None:
    assert math.isnan(column_check(Column(type=kind, nullable=True))(None))
    with pytest.raises(RefusedError, match=f"found null, allowed is {allowed}"):
        column_check(Column(type=kind))(None)


@pytest.mark.parametrize("value", [math.nan, math.inf, 10**400])
def test_a_feature_that_is_no_column_is_any_finite_number(value: float) -> None:
    check = number_check(nullable=False)
    assert check(-1e300) == -1e300
    with pytest.raises(RefusedError) as error:
        check(value)
    assert error.value.reason == "range"


def test_a_cell_of_a_matrix_may_be_a_code() -> None:
    check = matrix_cell_check(KIND)
    assert (check(1), check("house")) == (1, 1)
    with pytest.raises(RefusedError, match="found 2, allowed is 0 to 1"):
        check(2)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        ({}, "an object"),
        ([], "a list"),
        ([5], "[5]"),
        ([[5]], "a list"),
        ("a", "'a'"),
        ("a" * 100, f"'{'a' * 57}...'"),
        (10**100, f"1{'0' * 56}..."),
    ],
)
def test_values_are_described_shortly(value: Any, text: str) -> None:
    assert describe_value(value) == text


def test_a_single_row_is_not_numbered() -> None:
    assert (row_place(0, 1), row_place(1, 2)) == ("", "row 1: ")
