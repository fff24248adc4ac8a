"""Parts of times in time zones: both versions agree with each other and with pandas."""

import math
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homestead.problem.expressions.expression import Expression
from homestead.problem.expressions.time_parts import TIME_PARTS

ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"),
    *("America/St_Johns", "Africa/Monrovia", "Pacific/Apia", "Etc/GMT+12"),
)


def _row_and_column(part: str, zone: str, seconds: float) -> tuple[float, float]:
    pair = TIME_PARTS[part]
    (column,) = pair.columns(np.array([seconds]), zone)
    return pair.row(seconds, zone), float(column)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(sorted(TIME_PARTS)),
    st.sampled_from(ZONES),
    st.floats(-7e10, 2.6e11) | st.floats() | st.integers(0, 2**31).map(float),
)
def test_a_table_and_a_row_agree(part: str, zone: str, seconds: float) -> None:
    row, column = _row_and_column(part, zone, seconds)
    np.testing.assert_equal(column, row)


@pytest.mark.parametrize("zone", ZONES)
def test_each_part_is_what_the_clocks_of_the_zone_show(zone: str) -> None:
    # Two years by 17 minutes cross each change of the clocks.
    times = pd.date_range("2023-01-01", "2024-12-31", freq="97min", tz="UTC")
    local = times.tz_convert(ZoneInfo(zone))
    seconds = ((times - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(seconds=1)).to_numpy(float)
    expected = {
        "year": local.year,
        "quarter": local.quarter,
        "month": local.month,
        "week": local.isocalendar().week,
        "day": local.day,
        "dayofyear": local.dayofyear,
        "weekday": local.weekday,
        "hour": local.hour,
        "minute": local.minute,
    }
    for part, values in expected.items():
        columns = TIME_PARTS[part].columns(seconds, zone)
        np.testing.assert_array_equal(columns, np.asarray(values, dtype=float), err_msg=part)


@pytest.mark.parametrize(
    ("utc", "hour"),
    [
        ("2024-03-31T00:59:59Z", 1),
        ("2024-03-31T01:00:00Z", 3),  # summer time begins: there is no hour 2
        ("2024-10-27T00:30:00Z", 2),
        ("2024-10-27T01:30:00Z", 2),  # it ends: hour 2 comes twice
        ("2024-10-27T02:00:00Z", 3),
    ],
)
def test_clocks_change_at_the_second(utc: str, hour: int) -> None:
    seconds = datetime.fromisoformat(utc).timestamp()
    expression = Expression("hour(when, 'Europe/Berlin')")
    assert expression.evaluate_row({"when": seconds}) == hour
    assert expression.evaluate_columns({"when": np.array([seconds])}) == [hour]


@pytest.mark.parametrize("zone", ["Etc/GMT+12", "Pacific/Kiritimati", "Europe/Berlin"])
@pytest.mark.parametrize("seconds", [-62135596800.0, 253402300799.0, 1e300, math.inf, math.nan])
def test_a_time_out_of_range_is_missing_in_both_versions(zone: str, seconds: float) -> None:
    for part in TIME_PARTS:
        row, column = _row_and_column(part, zone, seconds)
        np.testing.assert_equal(column, row)
