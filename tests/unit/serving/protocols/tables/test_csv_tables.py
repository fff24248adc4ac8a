"""CSV: types of cells, pandas' index, and lines that do not fit."""

import time

import pytest

from homestead.serving.errors import RefusedError
from homestead.serving.protocols.tables.csv_tables import parse_csv


def test_cells_are_numbers_texts_or_missing() -> None:
    body = b',area,kind\r\n0,80,"a ""flat"", new"\r\n1,-90.5e1,\r\n\r\n2,NaN,007\r\n'
    assert parse_csv(body) == [
        {"area": 80, "kind": 'a "flat", new'},
        {"area": -905.0, "kind": None},
        {"area": None, "kind": "007"},
    ]


@pytest.mark.parametrize("text", ["e5", "-", ".", "1.", "+5", "1e", "True", "2024-01-31", "0x10"])
def test_what_json_would_not_write_as_a_number_is_a_text(text: str) -> None:
    assert parse_csv(f"a\n{text}\n".encode()) == [{"a": text}]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the first line is empty"),
        (b"\n1\n", "the first line is empty"),
        (b"a,a\n1,2\n", "'a' is given twice"),
        (b"a,b\n1,2\n1\n", "row 1: found 1 cells, allowed are 2"),
        (b"a\n\xff\n", "not CSV in UTF-8"),
        (b'a\n"b\n', "not CSV in UTF-8"),
        (b"a\n" + b"1\n" * 10_001, "allowed are up to 10000"),
        (b"a\n" + b"x" * 200_000, "not CSV in UTF-8: field larger than"),
    ],
)
def test_what_is_no_table_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(RefusedError) as error:
        parse_csv(body)
    assert message in str(error.value)


def test_a_line_of_many_names_takes_linear_time() -> None:
    started = time.perf_counter()
    names = b",".join(b"%d" % number for number in range(500_000))
    with pytest.raises(RefusedError, match="row 0: found 1 cells, allowed are 500000"):
        parse_csv(names + b"\n1\n")
    assert time.perf_counter() - started < 10
