"""The split of rows into train, validation and holdout: its rules and its names."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from homestead.errors import UserError
from homestead.problem.sections.fields import ProblemFields
from homestead.problem.sections.split import (
    ColumnSplit,
    GroupedSplit,
    RandomSplit,
    RelativeTime,
    Split,
    SplitTime,
    StratifiedSplit,
    TimeSplit,
)
from homestead.problem.values.categories import category_text
from homestead.problem.values.listing import list_values
from homestead.problem.values.row_hashes import (
    Hashes,
    column_hashes,
    combine_hashes,
    is_number,
)

if TYPE_CHECKING:
    import pandas as pd


class TableRows(Protocol):
    """Rows whose columns are read by name: a frame of pandas, or rows on disk."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def __getitem__(self, name: str, /) -> Any:
        """Return a column."""


# Column of the training set that holds each row's part.
SPLIT_COLUMN = "split"

SplitName = Literal["train", "validation", "holdout"]
TRAIN: SplitName = "train"
VALIDATION: SplitName = "validation"
HOLDOUT: SplitName = "holdout"
# In the order of time.
SPLIT_NAMES: tuple[SplitName, ...] = (TRAIN, VALIDATION, HOLDOUT)

# Numbers with more values than this are stratified by tenths.
MAX_STRATA = 20
TENTHS = np.linspace(0.1, 0.9, 9)


def split_names(rows: TableRows, problem: ProblemFields) -> npt.NDArray[np.str_]:
    """Return the part of each row, which depends neither on the rows' order nor on threads.

    Args:
        rows: valid rows in their types.

    Returns:
        Array of shape (rows,) with one of :data:`SPLIT_NAMES` each.

    Raises:
        UserError: the column of a split by column holds a value of no part.
    """
    split = problem.split
    if isinstance(split, TimeSplit):
        times = rows[required_timestamp(problem)].to_numpy("datetime64[us]")
        parts = np.searchsorted(np.array(split_times(times, split)), times, "right")
    elif isinstance(split, ColumnSplit):
        parts = _stated_parts(rows, problem, split)
    elif isinstance(split, StratifiedSplit):
        parts = _stratified_parts(rows, problem, split)
    else:
        parts = _drawn_parts(rows, problem, split)
    names: npt.NDArray[np.str_] = np.array(SPLIT_NAMES)[parts]
    return names


def with_split(rows: "pd.DataFrame", problem: ProblemFields) -> "pd.DataFrame":
    """Return rows with each one's part in the column ``split``; see :func:`split_names`."""
    return rows.assign(**{SPLIT_COLUMN: split_names(rows, problem)})


def describe_times(rows: "pd.DataFrame", problem: ProblemFields) -> tuple[str, str] | None:
    """Return the times at which validation and holdout begin, as text; None unless split by time.

    Args:
        rows: all rows with a target, from whose times relative ones are counted.
    """
    if not isinstance(problem.split, TimeSplit):
        return None
    times = rows[required_timestamp(problem)].to_numpy("datetime64[us]")
    first, second = (
        str(time.astype("datetime64[s]")).replace("T00:00:00", "").replace("T", " ")
        for time in split_times(times, problem.split)
    )
    return first, second


def describe_split(split: Split) -> str:
    """Return how the rows of a part are chosen; empty for a split by time."""
    if isinstance(split, TimeSplit):
        return ""
    if isinstance(split, ColumnSplit):
        return f"as {split.column} says"
    if isinstance(split, GroupedSplit):
        return f"at random by {split.column}, seed {split.seed}"
    if isinstance(split, StratifiedSplit):
        by = split.column or "target"
        return f"at random, in equal shares of each {by}, seed {split.seed}"
    return f"at random, seed {split.seed}"


def required_timestamp(problem: ProblemFields) -> str:
    """Return the timestamp of a problem with views or a split by time, which always has one."""
    if problem.timestamp is None:  # refused when the problem was read
        raise ValueError("views and a split by time need a timestamp")
    return problem.timestamp


def split_times(
    times: npt.NDArray[np.datetime64], split: TimeSplit
) -> tuple[np.datetime64, np.datetime64]:
    """Return the times at which validation and holdout begin; rows of these times included.

    Args:
        times: shape (rows,), the rows' times, from which relative ones are counted.
    """
    return times_of_order(len(times), lambda place: np.partition(times, -place)[-place], split)


def times_of_order(
    rows: int, newest: Callable[[int], np.datetime64], split: TimeSplit
) -> tuple[np.datetime64, np.datetime64]:
    """Return the times of :func:`split_times`, of rows whose newest time is ``newest(1)``."""
    return _resolve(split.validation_from, rows, newest), _resolve(split.holdout_from, rows, newest)


def _resolve(time: SplitTime, rows: int, newest: Callable[[int], np.datetime64]) -> np.datetime64:
    if not isinstance(time, str):
        return np.datetime64(time, "us")
    if not rows:
        return np.datetime64("NaT", "us")
    relative = RelativeTime(time)
    if relative.share is None:
        return newest(1) - np.timedelta64(round((relative.hours or 0) * 3_600_000_000), "us")
    # The rows of one time stay together, so that a part may get a few more than its share.
    return newest(max(1, round(rows * relative.share)))


def _stated_parts(
    rows: TableRows, problem: ProblemFields, split: ColumnSplit
) -> npt.NDArray[np.intp]:
    part_of = {
        text: part
        for part, texts in enumerate((split.train, split.validation, split.holdout))
        for text in texts
    }
    codes, values = rows[split.column].factorize()
    texts = [category_text(value, part_of) for value in values]
    unknown = [text for text in texts if text not in part_of]
    if unknown or (codes < 0).any():
        found = list_values([*unknown, *(["no value"] if (codes < 0).any() else [])])
        raise UserError(
            f"split.column: {split.column} holds {found}, which is in none of"
            f" split.train, split.validation, split.holdout; allowed are {list_values(part_of)}"
        )
    parts: npt.NDArray[np.intp] = np.array([part_of[text] for text in texts], np.intp)[codes]
    return parts


def _drawn_parts(
    rows: TableRows, problem: ProblemFields, split: RandomSplit | GroupedSplit
) -> npt.NDArray[np.intp]:
    """Return parts by the hash of each row's identity or group, whatever other rows there are.

    A champion's training rows therefore never come into the holdout of a later model. Rows without
    a group are drawn each on its own.
    """
    hashes = row_hashes(rows, problem, split.seed)
    if isinstance(split, GroupedSplit):
        group = rows[split.column]
        of_group = combine_hashes([column_hashes(group)], len(rows), split.seed)
        hashes = np.where(group.isna().to_numpy(), hashes, of_group)
    return _parts_below(
        hashes, split.holdout * 2.0**64, (split.holdout + split.validation) * 2.0**64
    )


def _parts_below(
    hashes: Hashes, holdout_below: float, validation_below: float
) -> npt.NDArray[np.intp]:
    position = hashes.astype(np.float64)
    return np.where(position < holdout_below, 2, np.where(position < validation_below, 1, 0))


def _stratified_parts(
    rows: TableRows, problem: ProblemFields, split: StratifiedSplit
) -> npt.NDArray[np.intp]:
    """Return parts with equal shares of each stratum: the lowest hashes are the holdout.

    Each stratum keeps a row to train on. As rows are added, those near the border of two parts may
    change theirs.
    """
    hashes = row_hashes(rows, problem, split.seed)
    strata = _strata(rows[split.column or problem.target])
    parts = np.zeros(len(rows), np.intp)
    by_stratum = np.argsort(strata, kind="stable")
    starts = np.flatnonzero(np.diff(strata[by_stratum])) + 1
    for members in np.split(by_stratum, starts):
        order = np.sort(hashes[members])
        count = len(members)
        if not count:
            continue
        holdout, validation = split.part_sizes(count)
        # Rows with equal hashes, which are identical, stay together.
        bounds = order[holdout], order[holdout + validation]
        of_members = hashes[members]
        parts[members] = np.where(of_members < bounds[0], 2, np.where(of_members < bounds[1], 1, 0))
    return parts


def _strata(values: "pd.Series") -> npt.NDArray[np.intp]:
    """Return the number of each row's stratum, shape (rows,); missing values are one, -1."""
    codes, distinct = values.factorize(sort=False)
    if len(distinct) <= MAX_STRATA or not is_number(values):
        return codes
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    edges = np.nanquantile(numbers, TENTHS)
    return np.where(np.isnan(numbers), -1, np.searchsorted(edges, numbers, "right"))


def row_hashes(rows: TableRows, problem: ProblemFields, seed: int) -> Hashes:
    """Return a hash of what identifies each row: time stamp and key, or else its whole content.

    Without a key rows that are equal throughout are in one part, and the order of columns in the
    problem file does not matter.
    """
    names = problem.identity_columns if problem.key else sorted(problem.columns)
    return combine_hashes((column_hashes(rows[name]) for name in names), len(rows), seed)
