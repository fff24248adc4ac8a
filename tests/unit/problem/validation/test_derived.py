"""What expressions may read as numbers, and what they may compare with a text."""

from typing import Any

import pytest

from homestead.errors import UserError
from homestead.problem.loader import parse_problem
from tests.problem_text import changed_flats


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"columns__agent": {"type": "text"}, "derived__x": "agent + 1"},
            "derived.x: agent is a text, which has no numbers to compute with",
        ),
        (
            {"columns__plan": {"type": "category"}, "derived__x": "max(plan, 1)"},
            "derived.x: plan is a category without 'allowed', which has no numbers to compute",
        ),
        (
            {"columns__agent": {"type": "text"}, "derived__x": "agent < 'm'"},
            "derived.x: agent is of type text, whose texts have no order",
        ),
    ],
)
def test_what_a_column_cannot_be_is_reported(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as error:
        parse_problem(changed_flats(**changes), "flats.yaml")
    assert f"flats.yaml: {message}" in str(error.value)


def test_texts_are_compared_with_every_column_that_has_them() -> None:
    derived = "agent == 'Ann' or plan in ('pro', 'team') or lift == 'yes' or listed > '2024-01-01'"
    text = changed_flats(
        columns__agent={"type": "text"}, columns__plan={"type": "category"}, derived__x=derived
    )
    assert parse_problem(text).derived["x"] == derived
