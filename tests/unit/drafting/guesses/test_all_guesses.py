"""The guesses together: roles are no inputs, and baseline and slices are groups of rows."""

import numpy as np
import pandas as pd
import pytest

from homestead.drafting.guesses.all_guesses import Guesses, guess_all
from homestead.drafting.profile.column_profile import profile_table
from homestead.errors import UserError

ROWS = 240
DRAW = np.random.default_rng(0)
REGION = DRAW.integers(0, 6, ROWS)
FRAME = pd.DataFrame(
    {
        "user_id": np.arange(ROWS) // 4,
        "region": [f"r{i}" for i in REGION],
        "plan": DRAW.choice(["a", "b"], ROWS),
        "usage": DRAW.normal(size=ROWS),
        "seen": pd.date_range("2024-01-01 08:00", periods=ROWS, freq="37h"),
        "y": REGION + DRAW.normal(size=ROWS),
    }
)


def _guess(frame: pd.DataFrame) -> Guesses:
    return guess_all(profile_table(frame), "y", None)


def test_key_and_times_are_no_inputs_but_parts_of_the_times_are() -> None:
    guesses = _guess(FRAME)
    assert (guesses.key.column, guesses.timestamp.column) == ("user_id", "seen")
    assert guesses.derived == {
        "seen_month": "month(seen)",
        "seen_weekday": "weekday(seen)",
        "seen_hour": "hour(seen)",
    }
    assert guesses.features == ("region", "plan", "usage", *guesses.derived)


def test_the_baseline_is_the_group_that_tells_most() -> None:
    guesses = _guess(FRAME)
    assert guesses.baseline == "region"
    assert guesses.slices == ("region", "plan")
    assert _guess(FRAME.drop(columns="region")).baseline is None


def test_rows_of_one_user_stay_together_where_there_is_no_time() -> None:
    guesses = _guess(FRAME.drop(columns="seen"))
    assert guesses.split.section["kind"] == "grouped"
    assert guesses.split.section["column"] == "user_id"
    assert "user_id" not in guesses.features


def test_a_table_without_inputs_is_refused() -> None:
    with pytest.raises(UserError, match="no column beside y can be an input"):
        _guess(FRAME[["y"]].assign(constant=1))
