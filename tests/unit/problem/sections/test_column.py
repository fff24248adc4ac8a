"""Columns: which of their keys go together, and what follows from them."""

import math

import pytest
from pydantic import ValidationError

from homestead.problem.sections.column import Column


@pytest.mark.parametrize(
    ("keys", "is_open", "is_learnt", "has_numbers"),
    [
        ({"type": "category"}, True, True, False),
        ({"type": "category", "allowed": ["a"]}, False, False, True),
        ({"type": "category", "allowed": ["a"], "unseen": "missing"}, True, False, True),
        ({"type": "category", "allowed": ["a"], "unseen": "refuse"}, False, False, True),
        ({"type": "text"}, False, False, False),
        ({"type": "number"}, False, False, True),
    ],
)
def test_what_follows_from_a_type(
    keys: dict[str, object], is_open: bool, is_learnt: bool, has_numbers: bool
) -> None:
    column = Column.model_validate(keys)
    found = (column.is_open, column.is_learnt, column.has_numbers)
    assert found == (is_open, is_learnt, has_numbers)


def test_the_code_of_an_unseen_value_is_that_of_others_or_none() -> None:
    keys = {"type": "category", "allowed": ["a", "rest"], "other": "rest"}
    assert Column.model_validate({**keys, "unseen": "other"}).unseen_code == 1
    assert math.isnan(Column.model_validate({**keys, "unseen": "missing"}).unseen_code)


def test_others_must_be_listed() -> None:
    with pytest.raises(ValidationError, match="'allowed' lists no 'other'"):
        Column.model_validate({"type": "category", "allowed": ["a"], "unseen": "other"})


def test_keys_that_are_not_needed_are_not_written() -> None:
    written = Column.model_validate({"type": "category", "allowed": ["a"]}).model_dump()
    assert written.keys() == {
        *("type", "description", "unit", "range", "allowed", "nullable", "sensitive")
    }
