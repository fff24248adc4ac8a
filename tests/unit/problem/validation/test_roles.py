"""Key, time stamp and target of a problem."""

from typing import Any

import pytest

from homestead.errors import UserError
from tests.split_problem import COLUMNS, split_problem

RANDOM = {"kind": "random"}


def test_a_key_is_a_column_several_or_none_and_may_hold_the_timestamp() -> None:
    several = split_problem(RANDOM, key=["shop_id", "day"], columns=_with_shop())
    assert several.key_columns == ("shop_id", "day")
    assert several.identity_columns == ("day", "shop_id")
    none = split_problem(RANDOM, key=None, timestamp=None)
    assert none.key_columns == none.identity_columns == ()
    assert split_problem(RANDOM, timestamp=None).identity_columns == ("id",)


def _with_shop() -> dict[str, Any]:
    return {**COLUMNS, "shop_id": {"type": "integer"}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key": []}, "key: found an empty list, allowed are columns"),
        ({"key": ["id", "id"]}, "key: id is listed twice"),
        ({"key": ["id", "nr"]}, "key: found 'nr', allowed are"),
        ({"key": ["id", "x"]}, "key: column x is of type number"),
        ({"key": ["id", "shop"]}, "columns.shop.nullable: found true, but the key cannot be"),
        ({"key": "day"}, "key: column day is of type timestamp"),
        ({"key": ["id", "kind"]}, "target: kind is already the key"),
        ({"key": 5}, "key: found 5, allowed is the name of a column, or a list of names"),
        (
            {"key": None, "drop": {"duplicates": "first"}},
            "drop.duplicates: found 'first', but the problem has no key; allowed is 'identical'",
        ),
        (
            {"key": None, "labels": {"train": True}},
            "labels.train: found true, but the problem has no",
        ),
        (
            {"timestamp": None, "labels": {"train": True}},
            "labels.train: found true, but the problem has no timestamp, by which",
        ),
        (
            {
                "columns": {**COLUMNS, "id": {"type": "integer", "sensitive": "hash"}},
                "labels": {"train": True},
            },
            "labels.train: found true, but the key id is sensitive (hash), so that the log",
        ),
    ],
)
def test_a_role_that_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as error:
        split_problem(RANDOM, **changes)
    assert f"problem: {message}" in str(error.value)
