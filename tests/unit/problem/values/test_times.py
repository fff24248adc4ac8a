"""The span of allowed times: its ends fit what pandas counts in nanoseconds."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from homestead.problem.values.times import END_TIME, FIRST_TIME, is_allowed_time


@pytest.mark.parametrize(
    ("moment", "allowed"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), False),
        (datetime(1699, 12, 31, 23, 59, 59, tzinfo=UTC), False),
        (datetime(1700, 1, 1, tzinfo=UTC), True),
        (datetime(2261, 12, 31, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2262, 1, 1, tzinfo=UTC), False),
        (datetime(9999, 12, 31, tzinfo=UTC), False),
    ],
)
def test_times_within_the_span_are_allowed(moment: datetime, allowed: bool) -> None:
    assert is_allowed_time(moment.timestamp()) == allowed


def test_pandas_holds_the_whole_span() -> None:
    assert pd.Timestamp.min < pd.Timestamp(FIRST_TIME)
    assert pd.Timestamp(END_TIME) < pd.Timestamp.max
