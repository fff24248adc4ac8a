"""Checks of single values: the model's numbers, and messages of mistakes."""

import math
from typing import Any

import pytest

from homestead.problem.sections.column import Column
from homestead.problem.values.categories import stored_category
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import (
    column_check,
    describe_value,
    matrix_cell_check,
    number_check,
    row_place,
)

KIND = Column(type="category", allowed=("flat", "house"))
CODED = Column(type="category", allowed=("2.0", "2", "true", "007"))


@pytest.mark.parametrize(
    ("column", "value", "number"),
    [
        (Column(type="boolean"), True, 1),
        (Column(type="boolean"), 1, 1),
        (Column(type="boolean"), 0.0, 0),
        (Column(type="boolean"), "Yes", 1),
        (Column(type="boolean"), "false", 0),
        (CODED, 2, 1),
        (CODED, 2.0, 1),
        (CODED, True, 2),
        (CODED, "007", 3),
        (KIND, "house", 1),
        (Column(type="integer"), 3.0, 3),
        (Column(type="number", range=(0, 1)), 0.5, 0.5),
        (Column(type="timestamp"), "1970-01-02", 86400),
        (Column(type="timestamp"), "1970-01-01T00:00:00+01:00", -3600),
        (Column(type="timestamp"), "1700-01-01", -8520336000),
    ],
)
def test_values_become_numbers(column: Column, value: Any, number: float) -> None:
    assert column_check(column)(value) == number


@pytest.mark.parametrize(
    ("kind", "allowed"),
    [
        ("integer", "an integer"),
        ("number", "a number"),
        ("boolean", "true or false, also written 1 or 0"),
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


@pytest.mark.parametrize("value", [2, -1, 0.5, math.nan, "on", "", [], None])
def test_nothing_else_is_a_boolean(value: Any) -> None:
    with pytest.raises(RefusedError, match="allowed is true or false, also written 1 or 0"):
        column_check(Column(type="boolean"))(value)


@pytest.mark.parametrize("value", [7, 7.0, False, 2.5, "2.00", ["2"], {}])
def test_a_category_is_a_value_that_is_listed(value: Any) -> None:
    with pytest.raises(RefusedError, match=r"allowed are 2\.0, 2, true, 007"):
        column_check(CODED)(value)


@pytest.mark.parametrize(
    "value",
    ["9999-12-31", "2262-01-01", "1699-12-31T23:59:59", "0001-01-01", "9999-12-31T23-14:00"],
)
def test_a_time_that_training_refuses_is_refused(value: str) -> None:
    allowed = "a time from 1700-01-01 to 2261-12-31"
    with pytest.raises(RefusedError, match=f"found '.*', allowed is .*{allowed}"):
        column_check(Column(type="timestamp"))(value)


@pytest.mark.parametrize("value", ["1717200000", "20240531", 1717200000, True, "soon", None])
def test_digits_are_no_time(value: Any) -> None:
    with pytest.raises(RefusedError, match="allowed is an ISO 8601 time"):
        column_check(Column(type="timestamp"))(value)


def test_a_time_in_a_matrix_is_of_the_same_span() -> None:
    check = matrix_cell_check(Column(type="timestamp"))
    assert (check(86400), check("1970-01-02")) == (86400, 86400)
    with pytest.raises(RefusedError, match="allowed is a time from 1700-01-01"):
        check(253402214400)


def test_of_thousands_of_categories_the_closest_are_listed() -> None:
    allowed = tuple(f"region_{number:04}" for number in range(2000))
    with pytest.raises(RefusedError) as error:
        column_check(Column(type="category", allowed=allowed))("Region_0123x")
    assert "allowed are 2,000 values, the closest: region_0123, " in str(error.value)
    assert len(str(error.value)) < 200


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


LEARNT = Column(type="category", allowed=("north", "7", "other"), unseen="other", nullable=True)


@pytest.mark.parametrize(
    ("unseen", "value", "number"),
    [
        ("other", "north", 0),
        ("other", 7.0, 1),
        ("other", "never seen", 2),
        ("other", 8, 2),
        ("other", "other", 2),
        ("missing", "never seen", math.nan),
        ("missing", True, math.nan),
        # As in a table: an empty field is a missing value.
        ("other", "", math.nan),
        ("other", None, math.nan),
        ("refuse", "", math.nan),
    ],
)
def test_an_unseen_category_is_what_it_is_in_training(
    unseen: Any, value: Any, number: float
) -> None:
    check = column_check(LEARNT.model_copy(update={"unseen": unseen}))
    assert check(value) == pytest.approx(number, nan_ok=True)


def test_an_unseen_category_is_refused_where_the_problem_says_so() -> None:
    refusing = LEARNT.model_copy(update={"unseen": "refuse", "nullable": False})
    with pytest.raises(RefusedError, match="found 'never seen', allowed are north, 7, other"):
        column_check(refusing)("never seen")
    with pytest.raises(RefusedError, match="found '', allowed is a text"):
        column_check(refusing)("")


@pytest.mark.parametrize("value", [["north"], {}])
def test_a_list_is_no_unseen_category(value: Any) -> None:
    with pytest.raises(RefusedError, match="allowed are north, 7, other"):
        column_check(LEARNT)(value)


@pytest.mark.parametrize("value", ["0", "no", "ß" * 20, 2**63, 14.0, "\ud800"])
def test_any_text_is_a_text(value: Any) -> None:
    assert column_check(Column(type="text", max_length=20))(value) == stored_category(
        str(int(value) if type(value) in (int, float) else value)
    )


@pytest.mark.parametrize("value", ["x" * 21, "a\0b", 0.5, 1e300, True, [], {}])
def test_what_stands_for_no_text_alone_is_none(value: Any) -> None:
    with pytest.raises(RefusedError, match="allowed is a text of up to 20 characters"):
        column_check(Column(type="text", max_length=20))(value)


@pytest.mark.parametrize("value", [None, ""])
def test_an_empty_text_is_missing(value: Any) -> None:
    assert math.isnan(column_check(Column(type="text", nullable=True))(value))
    with pytest.raises(RefusedError, match="allowed is a text"):
        column_check(Column(type="text"))(value)
