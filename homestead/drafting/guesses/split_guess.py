"""How a draft splits the rows: by time where it can, else by shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from homestead.drafting.guesses.target_guess import TargetGuess
from homestead.drafting.profile.column_names import names_part
from homestead.drafting.profile.column_profile import ColumnProfile

_TRAIN_WORDS = {"train", "training", "learn"}
_VALIDATION_WORDS = {"validation", "valid", "val", "dev", "tune"}
_HOLDOUT_WORDS = {"test", "testing", "holdout", "hold-out", "eval"}
# Rows of the holdout that a first model should be compared on.
_ENOUGH_ROWS = 300
_MIN_ROWS_OF_CLASS = 3


@dataclass(frozen=True)
class SplitGuess:
    """The section ``split``, and why; a column that it names is no input."""

    section: Mapping[str, Any]
    reason: str
    column: str | None = None


def guess_split(
    columns: Mapping[str, ColumnProfile],
    target: ColumnProfile,
    guess: TargetGuess,
    timestamp: str | None,
    group: str | None,
) -> SplitGuess:
    """Guess a split whose three parts all have rows, and whose train has all classes.

    Args:
        group: a column whose rows of one value belong together; None if there is none.
    """
    stated = _stated_split(columns, target)
    if stated is not None:
        return stated
    rows = int(target.is_present.sum())
    share = _share(rows)
    if timestamp is not None:
        if _has_classes_early(columns[timestamp], target, guess, 2 * share):
            section: dict[str, Any] = {
                "validation_from": f"last {200 * share:g}%",
                "holdout_from": f"last {100 * share:g}%",
            }
            return SplitGuess(
                section, f"by {timestamp}: a model predicts what comes after it; the shares move on"
            )
        why = "a class occurs only late, so that a split by time would train without it"
    else:
        why = "there is no time stamp"
    shares = {"validation": share, "holdout": share}
    if group is not None:
        section = {"kind": "grouped", "column": group, **shares}
        return SplitGuess(section, f"{why}; rows of one {group} stay together", group)
    kind = "stratified" if guess.task == "classification" else "random"
    return SplitGuess({"kind": kind, **shares}, why)


def _share(rows: int) -> float:
    """Return the share of validation and of the holdout: larger where rows are few."""
    if 0.1 * rows >= _ENOUGH_ROWS:
        return 0.1
    return 0.15 if 0.15 * rows >= _ENOUGH_ROWS else 0.2


def _has_classes_early(
    times: ColumnProfile, target: ColumnProfile, guess: TargetGuess, later: float
) -> bool:
    """Return whether the rows before the last ones hold each class."""
    if guess.task != "classification":
        return True
    known = target.is_present & times.is_present
    values = target.values[known]
    order = np.argsort(times.values[known].to_numpy(), kind="stable")
    early = values.iloc[order[: int(len(order) * (1 - later))]]
    counts = early.value_counts()
    return bool(len(counts) == target.distinct and counts.min() >= _MIN_ROWS_OF_CLASS)


def _stated_split(columns: Mapping[str, ColumnProfile], target: ColumnProfile) -> SplitGuess | None:
    """Return the split of a column that says each row's part, such as train, valid and test."""
    for column in columns.values():
        if column.name == target.name or column.type != "category" or column.missing:
            continue
        values = [str(value) for value in column.counts.index]
        if not names_part(column.name) or len(values) != 3:
            continue
        words = (_TRAIN_WORDS, _VALIDATION_WORDS, _HOLDOUT_WORDS)
        parts = [[v for v in values if v.strip().lower() in known] for known in words]
        if all(len(part) == 1 for part in parts):
            names = ("train", "validation", "holdout")
            named = dict(zip(names, parts, strict=True))
            section = {"kind": "column", "column": column.name, **named}
            return SplitGuess(section, f"{column.name} says the part", column.name)
    return None
