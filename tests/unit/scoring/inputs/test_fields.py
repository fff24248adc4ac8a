"""Fields of tables: what requests would hold, and which cells the server's check accepts."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from homestead.problem.sections.column import Column
from homestead.problem.sections.source_format import SourceFormat
from homestead.scoring.inputs.fields import FieldReader, FieldValues
from homestead.serving.inputs.resolver import Resolver
from tests.homes import homes_contract

_BIG = 2**62 + 1


def _read(
    values: pd.Series, column: Column, source_format: SourceFormat | None = None
) -> FieldValues:
    contract = homes_contract(
        columns=homes_contract().columns | {"x": column}, features=("area", "x")
    )
    reader = FieldReader(Resolver(contract), source_format or SourceFormat())
    return reader.read(pd.DataFrame({"x": values, "colour": "red"}))["x"]


def test_big_integers_are_compared_and_kept_exactly() -> None:
    values = pd.Series([_BIG, _BIG + 2, 7, None], dtype="Int64")
    found = _read(values, Column(type="integer", range=(0, float(2**62))))
    # 2^62 + 1 is 2^62 as a double, and above it as an integer.
    assert found.is_regular.tolist() == [False, False, True, True]
    assert found.is_given.tolist() == [True, True, True, False]
    assert _read(values, Column(type="integer")).keys[0] == _BIG


@pytest.mark.parametrize(
    ("texts", "column", "expected"),
    [
        (["1,5", "x", ""], Column(type="number"), [1.5, "x", None]),
        (["yes", "maybe", "NA"], Column(type="boolean"), [True, "maybe", None]),
        (
            ["flat", " house", "?"],
            Column(type="category", allowed=("flat", "house"), trim=True, missing=("?",)),
            ["flat", "house", None],
        ),
        (
            ["31/05/2024", "soon", ""],
            Column(type="timestamp", time_format="%d/%m/%Y"),
            ["31/05/2024", "soon", None],
        ),
    ],
)
def test_texts_of_a_file_are_read_as_its_problem_writes_them(
    texts: list[str], column: Column, expected: list[Any]
) -> None:
    found = _read(pd.Series(texts, dtype=object), column, SourceFormat(decimal=","))
    json = [
        value if is_given else None
        for value, is_given in zip(found.json.tolist(), found.is_given.tolist(), strict=True)
    ]
    assert json == expected
    is_valid = [value is None or i != 1 or value == "house" for i, value in enumerate(expected)]
    assert found.is_regular.tolist() == is_valid


def test_times_of_a_parquet_file_are_those_of_its_column() -> None:
    times = pd.Series(pd.to_datetime(pd.Series(["2024-05-31T12:00:00.123456", None])))
    plain = _read(times, Column(type="timestamp"))
    assert plain.numbers[0] == 1717156800.123456
    local = _read(times, Column(type="timestamp", time_zone="Europe/Berlin"))
    assert local.numbers[0] == plain.numbers[0] - 7200
    day_first = _read(times, Column(type="timestamp", time_format="%Y-%m-%d"))
    assert (day_first.json[0], day_first.is_regular[0]) == ("2024-05-31", True)


def test_a_missing_value_is_null_where_a_column_may_be_missing() -> None:
    found = _read(pd.Series([1.0, np.nan]), Column(type="number", nullable=True))
    assert found.is_given.tolist() == [True, True]
    assert np.isnan(found.numbers[1])
    assert found.is_regular.all()
