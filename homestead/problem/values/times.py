"""Times: how tables and requests write them, and the span that every part can hold.

Nanoseconds in 64 bits, as pandas and Feast count them, end in September 1677 and April 2262. Both
ends keep a margin for what views add to a time.
"""

import re
from datetime import UTC, datetime

from homestead.problem.values.time_formats import seconds_since_epoch

# Without a time zone, as UTC. The end is excluded.
FIRST_TIME = datetime(1700, 1, 1)
END_TIME = datetime(2262, 1, 1)
ALLOWED_TIMES = "a time from 1700-01-01 to 2261-12-31"

# The same in seconds since 1970-01-01 UTC.
FIRST_SECOND = FIRST_TIME.replace(tzinfo=UTC).timestamp()
END_SECOND = END_TIME.replace(tzinfo=UTC).timestamp()

# ISO 8601, with a month or a day of one digit and a month alone, which tables have. Digits alone
# may be seconds, milliseconds or a date: they are no time.
_CLOCK = r"[0-9]{2}(:?[0-9]{2}){0,2}(\.[0-9]+)? ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?"
_TIME_TEXT = re.compile(
    rf"([0-9]{{4}}-[0-9]{{1,2}}(-[0-9]{{1,2}}([T ]{_CLOCK})?)?|[0-9]{{8}}T{_CLOCK})"
)


def is_time_text(text: str) -> bool:
    """Return whether a text has the form of a time; its date need not exist."""
    return _TIME_TEXT.fullmatch(text) is not None


def parse_time(text: str, time_zone: str | None = None) -> float | None:
    """Return a time in seconds since 1970-01-01 UTC, None if the text is none.

    A month alone is its first day.

    Args:
        time_zone: of a time without one; by default UTC.
    """
    if not is_time_text(text):
        return None
    date, _, clock = text.replace(" ", "T", 1).partition("T")
    if "-" in date:
        year, month, day = (*date.split("-"), "1")[:3]
        date = f"{year}-{month:0>2}-{day:0>2}"
    try:
        moment = datetime.fromisoformat(f"{date}T{clock.replace(' ', '')}" if clock else date)
        return seconds_since_epoch(moment, time_zone)
    except (ValueError, OverflowError):  # no such day
        return None


def is_allowed_time(seconds: float) -> bool:
    """Return whether a time in seconds since 1970-01-01 UTC lies in the allowed span."""
    return FIRST_SECOND <= seconds < END_SECOND
