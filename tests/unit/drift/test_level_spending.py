"""A month's level is never overspent, whatever the schedule, and a month is one of UTC."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from homestead.drift.level_spending import month_of, next_level

MONTHLY = 0.01
START = datetime(2026, 10, 1, tzinfo=UTC)  # a month in which Europe's clocks go back


def levels(every: timedelta, start: datetime = START) -> Iterator[float]:
    """Yield the levels of the checks of a month on a schedule."""
    spent, at = 0.0, start
    while month_of(at) == month_of(start):
        level = next_level(at, spent, MONTHLY)
        yield level
        spent, at = spent + level, at + every


@pytest.mark.parametrize("minutes", [1, 60, 24 * 60, 7 * 24 * 60])
def test_checks_of_a_month_spend_nearly_all_of_its_level_and_never_more(minutes: int) -> None:
    total = sum(levels(timedelta(minutes=minutes)))
    assert 0.4 * MONTHLY < total <= MONTHLY


def test_hourly_and_daily_checks_have_an_even_part_each() -> None:
    hourly = list(levels(timedelta(hours=1)))
    assert len(hourly) == 744
    assert hourly[0] > 0
    assert hourly[-1] == pytest.approx(MONTHLY / 745, rel=0.01)
    assert hourly[20] == pytest.approx(MONTHLY / 745, rel=0.01)
    daily = list(levels(timedelta(days=1)))
    assert daily[-1] == pytest.approx(MONTHLY / 31, rel=0.02)


def test_checks_in_a_row_have_half_of_the_one_before() -> None:
    at = START + timedelta(days=3)
    first = next_level(at, 0.0, MONTHLY)
    second = next_level(at, first, MONTHLY)
    assert second == pytest.approx(first / 2)
    assert next_level(at, MONTHLY, MONTHLY) == 0


def test_an_alarm_belongs_to_one_month_of_utc_over_the_change_to_winter_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    # Berlin is an hour ahead after the change: its November begins within October of UTC.
    assert month_of(datetime(2026, 11, 1, 0, 59, tzinfo=berlin)) == "2026-10"
    assert month_of(datetime(2026, 11, 1, 1, 0, tzinfo=berlin)) == "2026-11"
    # The hour that the clocks repeat is two hours of the month, each with a level of its own.
    first = datetime(2026, 10, 25, 2, 30, tzinfo=berlin)
    again = first.replace(fold=1)
    assert next_level(again, 0, MONTHLY) - next_level(first, 0, MONTHLY) == pytest.approx(
        MONTHLY / 745 / 2
    )
