"""Keys: one form for what is one key, exact beyond 2^53, None for what is missing."""

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from homestead.problem.entity_keys import canonical_key, key_text

BIG = 2**60 + 1


@pytest.mark.parametrize(
    "value",
    [14, 14.0, np.int32(14), np.uint64(14), np.float64(14), Decimal(14), Decimal("14.0")],
    ids=repr,
)
def test_a_whole_number_is_one_key_whatever_its_type(value: Any) -> None:
    assert canonical_key(value) == 14
    assert type(canonical_key(value)) is int
    assert key_text(value) == "14"


@pytest.mark.parametrize("value", [BIG, np.int64(BIG), np.uint64(BIG), Decimal(BIG)], ids=repr)
def test_integers_above_2_53_stay_exact(value: Any) -> None:
    assert canonical_key(value) == BIG
    assert key_text(value) == "1152921504606846977"


def test_the_cells_of_a_nullable_column_stay_exact() -> None:
    column = pd.Series([BIG, None, -1], dtype="Int64")
    assert [canonical_key(value) for value in column] == [BIG, None, -1]


@pytest.mark.parametrize(
    "value", [None, float("nan"), np.nan, pd.NA, pd.NaT, Decimal("NaN"), float("inf"), [], {}]
)
def test_what_is_missing_is_no_key(value: Any) -> None:
    assert canonical_key(value) is None
    assert key_text(value) is None


def test_texts_are_kept_as_they_are() -> None:
    texts = ["", "-1", "014", "14.0", "nan", "Zürich", np.str_("north")]
    assert [canonical_key(text) for text in texts] == texts
    assert type(canonical_key(np.str_("north"))) is str


def test_a_boolean_is_0_or_1() -> None:
    keys = [canonical_key(value) for value in (True, False, np.True_, np.False_)]
    assert [(type(key), key) for key in keys] == [(int, 1), (int, 0), (int, 1), (int, 0)]


def test_a_derived_number_counts_as_the_whole_number_below_it() -> None:
    assert [canonical_key(value) for value in (475.9, -0.5, -0.0)] == [475, -1, 0]
