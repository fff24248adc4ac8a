"""Rows of a period: their own columns, and features as they were known when it began."""

import numpy as np

from homestead.steps.backtest.serving import read_arrivals
from homestead.steps.backtest.timeline import DAY_S, Timeline, replayed_problem
from tests.backtests import PROBLEM, START, table


def test_features_of_views_are_those_known_at_the_beginning() -> None:
    rows = table()
    timeline = Timeline(rows, PROBLEM)
    since = timeline.first + START * DAY_S
    schedule = timeline.schedule(since)
    problem = replayed_problem(PROBLEM, schedule)
    arrivals = read_arrivals(timeline, problem, since, since + 14 * DAY_S)
    assert len(arrivals.y) == 14 * 3
    assert np.array_equal(arrivals.y, rows["rent"].to_numpy()[START * 3 : (START + 14) * 3])
    # Rents have changed by half since, which the features do not know yet.
    assert arrivals.rows["level"].between(8, 10).all()


def test_a_period_without_rows_has_no_arrivals() -> None:
    rows = table()
    days = (rows["day"] - rows["day"].min()).dt.days
    timeline = Timeline(rows[(days < START) | (days >= START + 7)], PROBLEM)
    since = timeline.first + START * DAY_S
    problem = replayed_problem(PROBLEM, timeline.schedule(since))
    arrivals = read_arrivals(timeline, problem, since, since + 7 * DAY_S)
    assert len(arrivals.y) == len(arrivals.rows) == len(arrivals.at) == 0
    assert {"area", "level"} <= set(arrivals.rows)
