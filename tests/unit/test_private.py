"""Sensitive columns: what the prediction log keeps of them."""

import hashlib
import hmac

import pytest

from homestead.errors import UserError
from homestead.problem.contract import Contract
from homestead.problem.parts import Column
from homestead.serving.redaction import Redactor


def contract(**marks: str) -> Contract:
    columns = {
        "id": Column(type="integer"),
        "age": Column(type="number"),
        "area": Column(type="number"),
        "rooms": Column(type="integer"),
    }
    return Contract(
        problem="homes",
        task="regression",
        key="id",
        timestamp="sold",
        target="price",
        classes=(),
        columns={n: c.model_copy(update={"sensitive": marks.get(n)}) for n, c in columns.items()},
        derived={"decade": "floor(age / 10)", "size": "area * decade", "twice": "rooms * 2"},
        views=(),
        features=("age", "area", "decade", "size", "twice"),
    )


TABLE = [[41.0, 80.0, 4.0, 320.0, 6.0]]


def test_without_marks_everything_is_kept() -> None:
    privacy = Redactor(contract(), "")
    assert privacy.feature_names == ("age", "area", "decade", "size", "twice")
    assert privacy.redact_inputs(TABLE) == TABLE
    assert privacy.redact_keys(["7", None]) == ["7", None]


def test_what_is_dropped_is_gone_with_all_that_is_derived_from_it() -> None:
    privacy = Redactor(contract(age="drop", id="drop"), "")
    assert privacy.feature_names == ("area", "twice")
    assert privacy.redact_inputs(TABLE) == [[80.0, 6.0]]
    assert privacy.redact_keys(["7"]) == [None]


def test_hashes_are_keyed_and_the_same_for_the_same_value() -> None:
    privacy = Redactor(contract(age="hash", id="hash"), "secret")
    (row,) = privacy.redact_inputs(TABLE)
    assert privacy.feature_names == ("age", "area", "decade", "size", "twice")
    assert (row[1], row[4]) == (80.0, 6.0)
    assert row[0] == hmac.new(b"secret", b"age=41.0", hashlib.sha256).hexdigest()[:32]
    assert isinstance(row[2], str)
    assert isinstance(row[3], str)
    assert privacy.redact_inputs(TABLE) == [row]
    assert Redactor(contract(age="hash"), "other").redact_inputs(TABLE) != [row]
    one, again, other = privacy.redact_keys(["7", "7", "8"])
    assert one == again != other


def test_a_dropped_column_wins_over_a_hashed_one() -> None:
    assert Redactor(contract(age="hash", area="drop"), "secret").feature_names == ("age", "decade", "twice")


def test_hashes_need_a_key() -> None:
    with pytest.raises(UserError, match=r"HOMESTEAD_LOG_KEY: .*columns id, age;"):
        Redactor(contract(age="hash", id="hash"), "")
