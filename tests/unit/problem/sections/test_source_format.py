"""How a source is written: wrong keys are reported, numbers are markers too."""

from typing import Any

import pytest

from homestead.errors import UserError
from homestead.problem.loader import dump_problem, parse_problem
from tests.problem_text import changed_flats


@pytest.mark.parametrize(
    ("format_keys", "message"),
    [
        ({"separator": ";;"}, "format: separator: found ';;', allowed is one character"),
        ({"separator": "\n"}, "format: separator: found '\\n', which ends a row"),
        ({"separator": '"'}, "format: separator and quote are both '\"', allowed are two"),
        ({"separator": "§"}, "format: separator: found '§', allowed is an ASCII character"),
        ({"decimal": ",", "thousands": ","}, "format: decimal and thousands are both ','"),
        ({"decimal": ";"}, "format.decimal: found ';', allowed are '.' or ','"),
        ({"encoding": "western"}, "format: encoding: found 'western', allowed is one that Python"),
        ({"encoding": "base64"}, "format: encoding: found 'base64', allowed is one that Python"),
        ({"type": "xlsx"}, "format.type: found 'xlsx', allowed are 'csv', 'json_lines' or 'parq"),
        ({"missing": [None]}, "format.missing.0: found None, allowed is text"),
        ({"missing": [True]}, "format.missing.0: found True, allowed is text"),
        ({"header": ["a", "a"]}, "format: header: lists a twice"),
    ],
)
def test_a_wrong_key_is_reported(format_keys: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as error:
        parse_problem(changed_flats(format=format_keys), "flats.yaml")
    assert message in str(error.value)


def test_numbers_are_markers_and_the_file_is_written_as_it_was_read() -> None:
    text = changed_flats(
        format={"separator": ";", "missing": [-999, "?"]}, drop={"duplicates": "first"}
    )
    problem = parse_problem(text)
    assert problem.format.missing == ("-999", "?")
    assert parse_problem(dump_problem(problem)) == problem
