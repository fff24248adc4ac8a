"""What only all values of a column tell: a time's unit, a missing column."""

from collections.abc import Iterator

import pandas as pd
import pytest

from homestead.data.checking.batches import Batch, FramePart, SourceTable
from homestead.data.checking.column_checks import (
    RecentTimes,
    count_recent_times,
    recent_columns,
    require_columns,
)
from homestead.errors import UserError
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from tests.raw_flats import RAW_FLATS, raw_flats_rows

SECONDS = "listed: {type: timestamp, time_format: epoch_s}"


def flats(listed: str = SECONDS) -> Problem:
    return parse_problem(RAW_FLATS.replace("listed: {type: timestamp}", listed))


def source_of(listed: list[int | None]) -> SourceTable:
    rows = pd.concat([raw_flats_rows()] * len(listed), ignore_index=True).head(len(listed))
    rows["listed"] = pd.array(listed, dtype="Int64")
    return SourceTable([("", FramePart(rows))], [{}])


def recent_in(problem: Problem, source: SourceTable) -> tuple[dict[str, bool], int]:
    """Return the answer of two rows a batch, and how many batches were counted."""
    counted: list[RecentTimes] = []

    def count(batches: Iterator[Batch]) -> Iterator[RecentTimes]:
        for batch in batches:
            for start in range(0, len(batch), 2):
                rows = batch.table.iloc[start : start + 2]
                counted.append(count_recent_times(Batch(batch.start + start, rows), problem))
                yield counted[-1]

    return recent_columns(source, problem, count), len(counted)


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([1_700_000_000, 1_700_000_000_000, 1_710_000_000], True),
        ([1_700_000_000, 5, 6, 7], False),
        ([1_700_000_000, 5, None, None, 1_710_000_000], True),
        ([None, None], False),
    ],
)
def test_most_times_tell_the_unit(listed: list[int | None], expected: bool) -> None:
    found, batches = recent_in(flats(), source_of(listed))
    assert found == {"listed": expected}
    assert batches == (len(listed) + 1) // 2


def test_without_units_no_row_is_read() -> None:
    assert recent_in(flats("listed: {type: timestamp}"), source_of([1, 2])) == ({}, 0)


def test_a_missing_column_is_named_with_the_one_that_it_may_be() -> None:
    renamed = raw_flats_rows().rename(columns={"district": "distrct"}).drop(columns="pets")
    with pytest.raises(UserError) as caught:
        require_columns(SourceTable([("", FramePart(renamed))], [{}]), flats())
    assert "missing column district (perhaps renamed to distrct), pets;" in str(caught.value)
