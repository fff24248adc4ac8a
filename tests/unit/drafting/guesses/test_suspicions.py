"""Odd columns are named, and left out where nobody could want them as inputs."""

import numpy as np
import pandas as pd

from homestead.drafting.guesses.suspicions import Suspicions, find_suspicions
from homestead.drafting.guesses.target_guess import guess_target
from homestead.drafting.profile.column_profile import profile_table

ROWS = 400
DRAW = np.random.default_rng(0)
Y = DRAW.normal(size=ROWS)
FRAME = pd.DataFrame(
    {
        "number": np.arange(ROWS),
        "constant": 7,
        "nothing": None,
        "x": DRAW.normal(size=ROWS),
        "order_id": DRAW.permutation(ROWS) * 11,
        "note": [f"text {i}" for i in range(ROWS)],
        "net": Y / 1.2,
        "y": Y,
    }
)


def _find(frame: pd.DataFrame) -> Suspicions:
    columns = profile_table(frame)
    return find_suspicions(columns, guess_target(columns["y"], None), "y", {"y"})


def test_columns_that_nobody_could_want_are_not_used() -> None:
    found = _find(FRAME)
    assert {*found.unused} == {"number", "constant", "nothing", "note"}
    assert found.unused["constant"] == "constant: all rows have 7"
    assert {*found.left_out} == {"order_id", "net"}
    assert found.left_out["net"].startswith("LEAK?")
    assert found.explained["x"] < 0.1


def test_a_copy_of_another_column_is_left_out_once() -> None:
    found = _find(FRAME.assign(copy=FRAME["x"]))
    assert found.left_out["copy"] == "the same values as x"
    assert "x" not in found.left_out


def test_a_column_that_nearly_knows_the_target_stays_with_a_warning() -> None:
    found = _find(FRAME.assign(close=Y + 0.15 * DRAW.normal(size=ROWS)))
    assert "is it known before the target?" in found.warnings["close"]
    assert "close" not in found.left_out


def test_what_is_known_only_with_the_target_is_left_out() -> None:
    cancelled = np.arange(ROWS) % 10 == 0
    frame = FRAME.assign(
        y=np.where(cancelled, np.nan, Y),
        landed=np.where(cancelled, np.nan, FRAME["x"]),
        left=np.where(cancelled & (np.arange(ROWS) % 40 > 0), np.nan, FRAME["x"]),
    )
    found = _find(frame)
    assert "known only where y is" in found.left_out["landed"]
    assert "75% of the rows without y" in found.warnings["left"]
    assert "x" not in {**found.left_out, **found.warnings}
