"""Times of tables: declared formats, units since 1970 and local times."""

from typing import Any

import pandas as pd
import pytest

from homestead.data.notation.times import parse_times
from homestead.problem.sections.column import Column


def _parse(values: list[Any], **keys: Any) -> list[str | None]:
    times = parse_times(pd.Series(values, dtype=object), Column(type="timestamp", **keys))
    assert str(times.dtype) == "datetime64[us]"
    return [None if pd.isna(time) else str(time) for time in times]


def test_a_column_has_one_order_of_day_and_month() -> None:
    texts = ["31/12/2014", "10/03/2011", "12/31/2014", "2014-12-31"]
    expected = ["2014-12-31 00:00:00", "2011-03-10 00:00:00", None, None]
    assert _parse(texts, time_format="%d/%m/%Y") == expected


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ("epoch_s", 1717113600),
        ("epoch_s", "1717113600"),
        ("epoch_s", 1717113600.0),
        ("epoch_ms", "1717113600000"),
        ("epoch_us", 1717113600000000),
        ("epoch_ns", 1717113600000000000),
    ],
)
def test_the_unit_of_an_epoch_is_declared(unit: str, value: Any) -> None:
    assert _parse([value], time_format=unit) == ["2024-05-31 00:00:00"]
    assert _parse([value]) == [None]


def test_parts_of_a_second_count() -> None:
    assert _parse(["1717113600.25"], time_format="epoch_s") == ["2024-05-31 00:00:00.250000"]


@pytest.mark.parametrize(
    ("unit", "other"),
    [("epoch_us", 1717113600000), ("epoch_ms", 1717113600000000), ("epoch_ms", 1717113600)],
)
def test_another_unit_in_the_same_column_is_refused(unit: str, other: int) -> None:
    usual = {"epoch_us": 1717113600000000, "epoch_ms": 1717113600000}[unit]
    assert _parse([usual, usual + 10**9, other], time_format=unit)[2] is None


def test_times_of_january_1970_are_read_where_all_are_of_old_times() -> None:
    assert _parse([0, 86_400_000], time_format="epoch_ms")[1] == "1970-01-02 00:00:00"


def test_of_the_hour_repeated_in_autumn_the_first_is_meant_and_no_row_moves() -> None:
    # Clocks in Berlin went from 03:00 back to 02:00 on 2024-10-27.
    texts = ["2024-10-27 02:30", "2024-10-27 03:30", "2024-10-27 01:30", "2024-10-27 02:15"]
    assert _parse(texts, time_zone="Europe/Berlin") == [
        "2024-10-27 00:30:00",
        "2024-10-27 02:30:00",
        "2024-10-26 23:30:00",
        "2024-10-27 00:15:00",
    ]


def test_a_time_that_the_clocks_skip_is_none() -> None:
    assert _parse(["2024-03-31 02:30"], time_zone="Europe/Berlin") == [None]


@pytest.mark.parametrize("time_format", [None, "%Y-%m-%d %H:%M%z"])
def test_a_time_with_a_zone_keeps_its_own(time_format: str | None) -> None:
    keys = {"time_zone": "Europe/Berlin", "time_format": time_format}
    assert _parse(["2024-07-01 12:00+05:00"], **keys) == ["2024-07-01 07:00:00"]


def test_dates_and_typed_times_are_local_too() -> None:
    assert _parse(["2024-07-01"], time_zone="Europe/Berlin") == ["2024-06-30 22:00:00"]
    naive = pd.Series(pd.to_datetime(["2024-07-01"]))
    zoned = naive.dt.tz_localize("UTC")
    column = Column(type="timestamp", time_zone="Europe/Berlin")
    assert [str(parse_times(times, column)[0]) for times in (naive, zoned)] == [
        "2024-06-30 22:00:00",
        "2024-07-01 00:00:00",
    ]
