"""Numbers with other marks: a text with the marks in other places is no number."""

import pandas as pd
import pytest

from homestead.data.ingest import check_rows
from homestead.data.notation.decimal_marks import with_points
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from tests.raw_flats import RAW_FLATS, raw_flats_rows

NO_BREAK, NARROW = "\u00a0", "\u202f"


def converted(text: str, decimal: str, thousands: str | None) -> str | None:
    [result] = with_points(pd.Series([text], dtype=object), decimal, thousands)
    return None if pd.isna(result) else str(result)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3,333", "3.333"),
        ("3.333", None),  # neither 3.333 nor 3333
        ("1.234,5", None),
        ("-0,5", "-0.5"),
        ("+7", "+7.0"),
        (",5", ".5"),
        ("5,", "5.0"),
        ("1,5e-3", "1.5e-3"),
        (" 1,5 ", "1.5"),
        ("1,5,5", None),
        ("1 234,5", None),
        (",", None),
        ("", None),
        ("x", None),
    ],
)
def test_a_decimal_comma(text: str, expected: str | None) -> None:
    assert converted(text, ",", None) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.234,5", "1234.5"),
        ("1.234.567,8", "1234567.8"),
        ("1234,5", "1234.5"),
        ("3.333", "3333.0"),  # as declared: a group of three digits
        ("3.33", None),
        ("3.3333", None),
        ("1234.567", None),
        (".333", None),
        ("1.23.456", None),
        ("1,234.5", None),
    ],
)
def test_points_between_thousands_stand_at_every_third_digit(
    text: str, expected: str | None
) -> None:
    assert converted(text, ",", ".") == expected


@pytest.mark.parametrize("mark", [" ", NO_BREAK, NARROW])
def test_spaces_between_thousands_have_several_forms(mark: str) -> None:
    assert converted(f"1{mark}234,5", ",", " ") == "1234.5"


@pytest.mark.parametrize("mark", ["'", "\u2019"])
def test_apostrophes_between_thousands_have_two_forms(mark: str) -> None:
    assert converted(f"1{mark}234.5", ".", "'") == "1234.5"


def test_the_default_leaves_texts_as_they_are() -> None:
    texts = pd.Series(["3.333", "x", "1,5"], dtype=object)
    assert with_points(texts, ".", None) is texts


def flats(source_format: str) -> Problem:
    text = RAW_FLATS.replace("key: id\n", f"key: id\nformat: {source_format}\n")
    return parse_problem(text.replace("max_bad_row_share: 0.4", "max_bad_row_share: 1"))


@pytest.mark.parametrize(
    ("source_format", "expected"),
    [('{decimal: ","}', None), ('{decimal: ",", thousands: "."}', 3333.0), ("{}", 3.333)],
)
def test_a_point_in_a_table_is_never_taken_for_a_mark_that_is_not_declared(
    source_format: str, expected: float | None
) -> None:
    problem = flats(source_format)
    rent = problem.columns["rent"].model_copy(update={"range": None})
    problem = problem.model_copy(update={"columns": {**problem.columns, "rent": rent}})
    rows = raw_flats_rows().astype({"rent": object})
    rows["rent"] = ["3.333", "800", "1000", "700", "650"]
    rows["floor"] = ["1", None, "2", "0", "1"]
    rows.index.name = "row"
    checked = check_rows(rows, problem)
    rents = dict(zip(checked.valid["id"], checked.valid["rent"], strict=True))
    assert rents.get(3) == expected
    bad = [(value.row, value.column) for value in checked.bad_values]
    assert bad == ([(0, "rent")] if expected is None else [])
