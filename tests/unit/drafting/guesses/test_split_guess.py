"""The split of a draft fits the rows: no part is empty, and train has all classes."""

import numpy as np
import pandas as pd

from homestead.drafting.guesses.split_guess import SplitGuess, guess_split
from homestead.drafting.guesses.target_guess import guess_target
from homestead.drafting.profile.column_profile import profile_table

DAYS = pd.date_range("2024-01-01", periods=400).strftime("%Y-%m-%d")
FRAME = pd.DataFrame({"day": DAYS, "y": ["a", "b"] * 200, "n": np.arange(400) / 7})


def _split(
    frame: pd.DataFrame, target: str = "y", timestamp: str | None = None, group: str | None = None
) -> SplitGuess:
    columns = profile_table(frame)
    guess = guess_target(columns[target], None)
    return guess_split(columns, columns[target], guess, timestamp, group)


def test_rows_with_times_are_split_by_time() -> None:
    assert _split(FRAME, timestamp="day").section == {
        "validation_from": "last 40%",
        "holdout_from": "last 20%",
    }
    many = pd.concat([FRAME] * 10, ignore_index=True)
    assert _split(many, timestamp="day").section["holdout_from"] == "last 10%"


def test_a_class_that_occurs_only_late_is_split_by_shares() -> None:
    late = FRAME.assign(y=np.where(np.arange(400) > 350, "b", "a"))
    split = _split(late, timestamp="day")
    assert split.section["kind"] == "stratified"
    assert "only late" in split.reason


def test_rows_without_times_are_split_by_shares() -> None:
    shares = {"validation": 0.2, "holdout": 0.2}
    assert _split(FRAME).section == {"kind": "stratified", **shares}
    assert _split(FRAME, "n").section == {"kind": "random", **shares}
    grouped = _split(FRAME, "n", group="owner")
    assert grouped.section == {"kind": "grouped", "column": "owner", **shares}
    assert grouped.column == "owner"


def test_a_column_that_says_the_part_is_followed() -> None:
    parts = FRAME.assign(fold=["train", "Valid", "test", "train"] * 100)
    split = _split(parts, timestamp="day")
    assert split.section == {
        "kind": "column",
        "column": "fold",
        "train": ["train"],
        "validation": ["Valid"],
        "holdout": ["test"],
    }
    assert split.column == "fold"
    assert _split(FRAME.assign(fold=["x", "y", "z", "x"] * 100)).column is None
