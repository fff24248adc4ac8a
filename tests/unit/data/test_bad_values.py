"""Lists of bad values: by column and rule, with counts and examples."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from homestead.data.bad_values import BadValue, format_value, list_bad_values

BAD = [
    BadValue(0, "rent", "'dear'", "allowed is a number"),
    *(BadValue(row, "rooms", "77", "allowed is 1 to 9") for row in range(5)),
    BadValue(3, "lift", "", "missing"),
]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((True, "True"), (np.int64(3), "3"), (2**53 + 1, "9007199254740993")),
        *((0.1 + 0.2, "0.3"), ("a", "'a'"), (None, "'None'")),
    ],
)
def test_values_are_written_as_in_the_file(value: Any, text: str) -> None:
    assert format_value(value) == text


def test_values_are_counted_by_column_and_rule_with_three_examples() -> None:
    assert list_bad_values(BAD, pd.RangeIndex(2, 7, name="line")) == [
        "rent: 1 value, allowed is a number (line 2: 'dear')",
        "rooms: 5 values, allowed is 1 to 9 (line 2: 77, line 3: 77, line 4: 77, and 2 more)",
        "lift: 1 value, missing (line 5)",
    ]


def test_a_short_list_says_how_many_kinds_it_leaves_out() -> None:
    lines = list_bad_values(BAD, pd.RangeIndex(5), most=1)
    assert lines[1:] == ["and 2 more kinds; homestead validate lists all"]
