"""Columns: which of their keys go together, and what follows from them."""

import math
from typing import Any

import pytest
from pydantic import ValidationError

from homestead.errors import UserError
from homestead.problem.loader import parse_problem
from homestead.problem.sections.column import Column
from tests.problem_text import changed_flats


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


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"columns__area__time_format": "%Y"}, "columns.area: 'time_format' is for type timestamp"),
        ({"columns__area__time_zone": "UTC"}, "columns.area: 'time_zone' is for type timestamp"),
        ({"columns__listed__time_format": "DD/MM/YYYY"}, "columns.listed: time_format: found 'DD"),
        ({"columns__listed__time_format": "%H:%M"}, "found '%H:%M', which lacks year or month"),
        ({"columns__listed__time_format": "%Q"}, "columns.listed: time_format: found '%Q'"),
        ({"columns__listed__time_format": "epoch"}, "allowed are epoch_s, epoch_ms, epoch_us"),
        ({"columns__listed__time_zone": "Berlin"}, "columns.listed: time_zone: found 'Berlin'"),
        (
            {"columns__listed__time_zone": "UTC", "columns__listed__time_format": "epoch_s"},
            "'time_zone' has no meaning for epoch_s",
        ),
        (
            {"columns__district__missing": ["north"]},
            "columns.district: 'missing' and 'allowed' both list north",
        ),
    ],
)
def test_a_key_that_does_not_fit_the_type_is_reported(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError) as error:
        parse_problem(changed_flats(**changes))
    assert message in str(error.value)


def test_model_files_hold_what_is_stated_only() -> None:
    keys = {"missing", "trim", "time_format", "time_zone"}
    assert not keys & Column(type="timestamp").model_dump().keys()
    stated = Column(type="timestamp", missing=("?",), time_format="%d.%m.%Y", time_zone="UTC")
    assert Column.model_validate_json(stated.model_dump_json()) == stated
