"""Periods of a window, over which a metric is shown: hours, days or weeks (UTC)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
# The longest window that is shown by hours, and by days.
_LONGEST_BY_HOURS, _LONGEST_BY_DAYS = timedelta(days=2), timedelta(days=45)
_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)


def periods(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield start and end of each period of a window, cut at the window's ends.

    Args:
        since, until: with a time zone; no period is empty.
    """
    length = until - since
    step = _HOUR if length <= _LONGEST_BY_HOURS else _DAY if length <= _LONGEST_BY_DAYS else _WEEK
    start = since
    while start < until:
        end = min(_MONDAY + ((start - _MONDAY) // step + 1) * step, until)
        yield start, end
        start = end
