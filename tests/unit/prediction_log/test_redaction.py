"""Sensitive columns: what the prediction log holds of them."""

import hashlib
import hmac

import pytest

from homestead.errors import UserError
from homestead.prediction_log.redaction import Redactor
from homestead.problem.contract import Contract
from homestead.problem.sections.column import Column
from tests.homes import homes_contract


def sensitive_contract(**sensitivity: str) -> Contract:
    types = {"id": "integer", "age": "number", "area": "number", "rooms": "integer"}
    return homes_contract(
        columns={
            name: Column(type=type_, sensitive=sensitivity.get(name))
            for name, type_ in types.items()
        },
        derived={"decade": "floor(age / 10)", "size": "area * decade", "twice": "rooms * 2"},
        views=(),
        features=("age", "area", "decade", "size", "twice"),
    )


INPUTS = [[41.0, 80.0, 4.0, 320.0, 6.0]]


def test_nothing_is_redacted_without_sensitive_columns() -> None:
    redactor = Redactor(sensitive_contract(), "")
    assert redactor.feature_names == ("age", "area", "decade", "size", "twice")
    assert redactor.redact_inputs(INPUTS) == INPUTS
    assert redactor.redact_keys(["7", None]) == ["7", None]


def test_a_dropped_column_is_missing_with_all_that_is_derived_from_it() -> None:
    redactor = Redactor(sensitive_contract(age="drop", id="drop"), "")
    assert redactor.feature_names == ("area", "twice")
    assert redactor.redact_inputs(INPUTS) == [[80.0, 6.0]]
    assert redactor.redact_keys(["7"]) == [None]


def test_hashes_are_keyed_and_the_same_for_the_same_value() -> None:
    redactor = Redactor(sensitive_contract(age="hash", id="hash"), "secret")
    (row,) = redactor.redact_inputs(INPUTS)
    assert redactor.feature_names == ("age", "area", "decade", "size", "twice")
    assert (row[1], row[4]) == (80.0, 6.0)
    assert row[0] == hmac.new(b"secret", b"age=41.0", hashlib.sha256).hexdigest()[:32]
    assert isinstance(row[2], str)
    assert isinstance(row[3], str)
    assert redactor.redact_inputs(INPUTS) == [row]
    assert Redactor(sensitive_contract(age="hash"), "other").redact_inputs(INPUTS) != [row]
    one, again, other = redactor.redact_keys(["7", "7", "8"])
    assert one == again != other


def test_a_dropped_column_wins_over_a_hashed_one() -> None:
    assert Redactor(sensitive_contract(age="hash", area="drop"), "secret").feature_names == (
        "age",
        "decade",
        "twice",
    )


def test_hashes_need_a_key() -> None:
    with pytest.raises(UserError, match=r"HOMESTEAD_LOG_KEY: .*columns id, age;"):
        Redactor(sensitive_contract(age="hash", id="hash"), "")
