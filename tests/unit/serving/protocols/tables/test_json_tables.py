"""Rows, columns, matrices and pandas' split form in JSON."""

from collections.abc import Callable
from typing import Any

import pytest

from homestead.serving.errors import RefusedError
from homestead.serving.protocols.tables.json_tables import (
    Table,
    parse_columns,
    parse_rows,
    parse_split,
)

ROWS = [{"area": 80, "kind": "flat"}, {"area": 90, "kind": None}]


def test_values_may_be_lists_of_one_as_keras_models_take_them() -> None:
    rows = [{"area": [80], "kind": ["flat"]}, {"area": 90, "kind": [None]}]
    assert parse_rows(rows, "instances").rows == ROWS
    assert parse_columns({"area": [[80], [90]], "kind": ["flat", None]}, "inputs").rows == ROWS
    # Longer lists are left to the checks, which name the field.
    assert parse_rows([{"area": [80, 90]}], "instances").rows == [{"area": [80, 90]}]
    assert parse_rows([{"area": 80}, 5, []], "instances").rows == [{"area": 80}, 5, []]


def test_lists_are_a_matrix_whatever_its_name() -> None:
    matrix = Table(None, [[1, 2], [3, 4]])
    assert parse_rows([[1, 2], [3, 4]], "instances") == matrix
    assert parse_columns([[1, 2], [3, 4]], "inputs") == matrix
    assert parse_columns({"input_1": [[1, 2], [3, 4]]}, "inputs") == matrix
    assert parse_columns({"X": [[1], [3]]}, "inputs") == Table(None, [[1], [3]])
    assert parse_columns({"area": [[1], [3]]}, "inputs").rows == [{"area": 1}, {"area": 3}]
    assert parse_columns(ROWS, "inputs").rows == ROWS


def test_the_split_form_of_a_table() -> None:
    split = {"index": [5, 6], "columns": ["area", "kind"], "data": [[80, "flat"], [90, None]]}
    assert parse_split(split, "dataframe_split").rows == ROWS
    matrix = Table(None, [[1, 2]])
    assert parse_split({"data": [[1, 2]]}, "dataframe_split") == matrix
    assert parse_split({"columns": [0, 1], "data": [[1, 2]]}, "dataframe_split") == matrix


@pytest.mark.parametrize(
    ("parse", "value", "message"),
    [
        (parse_rows, 5, "it: allowed is a list"),
        (parse_columns, {}, "it: allowed is an object of lists"),
        (parse_columns, {"a": 5}, "it.a: allowed is a list"),
        (parse_columns, {"a": [1], "b": [1, 2]}, "it: found [1, 2] rows"),
        (parse_columns, {"a": [1] * 10_001}, "found 10001 rows, allowed are up to 10000"),
        (parse_split, [], "it: allowed is an object of columns and data"),
        (parse_split, {"columns": ["a"]}, "it: allowed is an object of columns and data"),
        (parse_split, {"columns": ["a", "a"], "data": []}, "it.columns: 'a' is given twice"),
        (parse_split, {"columns": "a", "data": []}, "it.columns: allowed is a list"),
        (parse_split, {"columns": ["a"], "data": [[1], [1, 2]]}, "row 1: found 2, allowed are 1"),
    ],
)
def test_other_tables_are_refused(
    parse: Callable[[Any, str], Table], value: Any, message: str
) -> None:
    with pytest.raises(RefusedError) as error:
        parse(value, "it")
    assert message in str(error.value)
