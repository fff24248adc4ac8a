"""Texts that are not a problem file at all."""

import pytest

from homestead.errors import UserError
from homestead.problem.loader import parse_problem
from tests.problem_text import FLATS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [", "flats.yaml: not YAML: "),
        ("- name", "flats.yaml: found list, allowed is a mapping"),
        ("", "flats.yaml: found NoneType, allowed is a mapping"),
        ("name: a\nname: b", "not YAML: duplicate key name, again in line 2"),
        (FLATS.replace("lift: {", "area: {"), "not YAML: duplicate key area"),
        (
            FLATS.replace("columns: [area", "on_store_failure: null, columns: [area"),
            "found null without quotes, allowed are 'null' or 'refuse', in quotes",
        ),
    ],
)
def test_a_text_that_is_not_a_problem_file_is_refused(text: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        parse_problem(text, "flats.yaml")
    assert message in str(error.value)
