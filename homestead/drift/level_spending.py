"""Spending of a month's level over its drift checks, however many there are and whenever.

The sum of the levels bounds the probability that any check of the month is a false alarm (Boole's
inequality), whether or not the checks share data, as long as no level depends on the data.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# Accrued at the month's first moment, so that a check at midnight can find something.
_HEAD_START = timedelta(hours=1)
_SPENT_PART = 0.5


@dataclass(frozen=True)
class CheckLevel:
    """Level of one check.

    Attributes:
        month: whose level was spent, in UTC, as 2026-11.
        level: what this check spent: its probability of a false alarm.
        monthly_level: what the checks of a month may spend together.
        spent: what the checks of the month have spent up to this one, this one included.
    """

    month: str
    level: float
    monthly_level: float
    spent: float


def month_of(at: datetime) -> str:
    """Return the calendar month of a moment in UTC, as 2026-11.

    Args:
        at: with a time zone, of whatever kind: summer time does not move the months' ends.
    """
    return f"{at.astimezone(UTC):%Y-%m}"


def next_level(at: datetime, spent: float, monthly_level: float) -> float:
    """Return the level of a check: half of what has accrued of the month's level and is not spent.

    The level accrues evenly over the month. Hourly checks therefore have an hour's part each, daily
    ones a day's, and of several in a row each has half of the one before.

    Args:
        at: time of the check, with a time zone.
        spent: sum of the levels of earlier checks of the month.
        monthly_level: probability of a false alarm in a whole month.
    """
    now = at.astimezone(UTC)
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = (start + timedelta(days=32)).replace(day=1)
    share = (now - start + _HEAD_START) / (end - start + _HEAD_START)
    return max(0.0, (monthly_level * share - spent) * _SPENT_PART)
