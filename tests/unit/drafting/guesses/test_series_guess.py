"""Rows at equal steps are a series, alone or one for each entity."""

import numpy as np
import pandas as pd

from homestead.drafting.guesses.series_guess import guess_series
from homestead.drafting.profile.column_profile import ColumnProfile, profile_column

DAYS = pd.date_range("2023-01-01", periods=120)
SALES = profile_column("Sales €", pd.Series(np.arange(120) / 7))


def _times(values: object) -> ColumnProfile:
    return profile_column("day", pd.Series(values))


def test_days_in_a_row_are_a_series() -> None:
    series = guess_series(SALES, _times(DAYS[::-1]), None, {"Sales €", "day"})
    assert series is not None
    assert (series.entity, series.step_days) == (None, 1)
    assert series.history["sales_lag_1"] == "lag(`Sales €`, 1)"
    taken = guess_series(SALES, _times(DAYS), None, {"sales_lag_1"})
    assert taken is not None
    assert "sales_past_lag_1" in taken.history


def test_each_entity_has_its_own_series() -> None:
    shop = profile_column("shop", pd.Series([1, 2] * 60))
    times = _times(DAYS.to_numpy()[np.arange(120) // 2])
    series = guess_series(SALES, times, shop, {"shop"})
    assert series is not None
    assert series.entity == "shop"
    assert guess_series(SALES, times, None, {"shop"}) is None


def test_events_at_any_time_are_none() -> None:
    draw = np.random.default_rng(0)
    events = DAYS + pd.to_timedelta(draw.integers(0, 10**6, 120), "s")
    assert guess_series(SALES, _times(events), None, set()) is None
    paid = profile_column("paid", pd.Series(["yes", "no"] * 60))
    assert guess_series(paid, _times(DAYS), None, set()) is None
