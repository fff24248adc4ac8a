"""The table's time: nothing of the future is known, and each row arrives once."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from homestead.errors import UserError
from homestead.problem.sections.labels import LabelPolicy
from homestead.steps.backtest.timeline import DAY_S, Timeline
from tests.factories import flats_problem


def rows(days: int = 100) -> pd.DataFrame:
    day = np.arange(days)[::-1]
    return pd.DataFrame(
        {"id": day, "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(day, "D"), "rent": day}
    )


def test_a_row_is_known_once_its_outcome_is() -> None:
    problem = flats_problem().model_copy(update={"labels": LabelPolicy(after_days=7)})
    timeline = Timeline(rows(), problem)
    now = timeline.first + 10 * DAY_S
    assert list(timeline.known(now)["id"]) == [0, 1, 2]
    arriving, at = timeline.arriving(now, now + 2 * DAY_S)
    assert list(arriving["id"]) == [10, 11]
    assert list(at) == [now, now + DAY_S]


def test_a_start_without_days_to_train_on_is_refused() -> None:
    timeline = Timeline(rows(), flats_problem())
    with pytest.raises(
        UserError, match="the rows are from 2024-01-01 to 2024-04-09; found a start"
    ):
        timeline.schedule(timeline.first + 20 * DAY_S, validation_days=10, holdout_days=10)


def test_periods_cover_the_time_without_gaps() -> None:
    timeline = Timeline(rows(), flats_problem())
    schedule = timeline.schedule(period_days=7, validation_days=5, holdout_days=5)
    periods = list(schedule.periods())
    assert periods[0][0] == timeline.first + 40 * DAY_S
    assert periods[-1][1] == timeline.first + 100 * DAY_S
    assert all(a[1] == b[0] for a, b in pairwise(periods))


def test_validation_and_holdout_are_as_long_as_those_of_the_problem() -> None:
    # 2024-01-01, 2024-02-01, and rows until 2024-04-09.
    schedule = Timeline(rows(), flats_problem()).schedule(
        Timeline(rows(), flats_problem()).first + 99.5 * DAY_S
    )
    assert (schedule.validation_days, schedule.holdout_days) == (31, 68)
