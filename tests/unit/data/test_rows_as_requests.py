"""What a table may hold, a request may hold, and it means the same; what one refuses, both do."""

import math
from typing import Any

import pandas as pd
import pytest

from homestead.data.column_types import convert_columns
from homestead.errors import UserError
from homestead.problem.encoding import encode_column
from homestead.problem.sections.column import Column
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import column_check
from tests.factories import flats_problem

BOOLEANS = (True, False, 0, 1, 0.0, 1.0, 2, 0.5, "true", "TRUE", " yes ", "no", "on", "t", "1.0")
CATEGORIES = ("a", " a", "2", 2, 2.0, 2.5, True, False, "true", 1, 1.0, "01")
NUMBERS = (1, 1.0, 1.5, True, 2**53 + 1, 2**62, -5, 1e30)
TIMES = (
    *("2024-05-31", "2024-05", "2024-5-1", "2024", "20240531", "1717113600", "now", "today"),
    *("2024-05-31T12:00:00Z", "2024-05-31 12:00:00", "2024-05-31T12:00:00+02:00", "2024-05-31T12"),
    *("2024-05-31T12:00", "20240531T120000", "2024-05-31T12:00:00.123456", "2024-5-1T10:00"),
    *("2024-05-31T12:00:00,5", "2024-05-31T12:00:00-0730", "2024-05-31 12:00:00.5 Z"),
    *("2024-02-30", "2024-13-01", "2024-W22-5", "2024-151", "31/05/2024", "2024-05-31T", "soon"),
    *("1969-07-20T20:17:40Z", "1700-01-01", "2261-12-31T23:59:59", "2262-01-01", "9999-12-31"),
)
BERLIN = (
    *("2024-07-01", "2024-10-27 02:30", "2024-03-31 02:30", "2024-07-01T12:00Z"),
    "2024-07-01 12:00+05:00",
)


def in_table(value: Any, column: Column) -> float | None:
    """Return the model's number for a cell of a table, None if it is refused."""
    problem = flats_problem().model_copy(update={"columns": {"x": column}})
    cells = pd.DataFrame({"x": pd.Series([value], dtype=object)})
    try:
        columns, _ = convert_columns(cells, problem.columns, problem.source)
    except UserError:
        return None
    number = float(encode_column(columns["x"], column)[0])
    return None if math.isnan(number) else number


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (Column(type="boolean"), BOOLEANS),
        (Column(type="category", allowed=("a", "2", "true", "1.0")), CATEGORIES),
        (Column(type="integer"), NUMBERS),
        (Column(type="number"), NUMBERS),
        (Column(type="timestamp"), TIMES),
        (Column(type="number", missing=("-999", "?"), nullable=True), (1, -999, -999.0, "?", True)),
        (Column(type="category", allowed=("a", "b"), trim=True), ("a", " b ", "c", " ", "B")),
        (
            Column(type="timestamp", time_format="%d.%m.%Y"),
            ("31.12.2014", "12.31.2014", " 1.2.2014 "),
        ),
        (
            Column(type="timestamp", time_format="%Y-%d-%m"),
            ("2014-05-06", "2014-31-12", "2014-12-31"),
        ),
        (Column(type="timestamp", time_format="epoch_ms"), (1717113600000, 1e11, -(10**18), True)),
        (Column(type="timestamp", time_zone="Europe/Berlin"), (*BERLIN, *TIMES)),
    ],
    ids=lambda part: part.type if isinstance(part, Column) else "",
)
def test_a_row_of_a_table_can_be_sent_as_it_is(column: Column, values: tuple[Any, ...]) -> None:
    check = column_check(column)
    accepted = 0
    for value in values:
        try:
            number = check(value)
        except RefusedError:
            assert in_table(value, column) is None, value
        else:
            expected = in_table(value, column)
            assert expected == (None if math.isnan(number) else number), value
            accepted += 1
    assert 0 < accepted < len(values)
