"""The span of times that every part can hold: tables, views and requests share this one range.

Nanoseconds in 64 bits, as pandas and Feast count them, end in September 1677 and April 2262. Both
ends keep a margin for what views add to a time.
"""

from datetime import UTC, datetime

# Without a time zone, as UTC. The end is excluded.
FIRST_TIME = datetime(1700, 1, 1)
END_TIME = datetime(2262, 1, 1)
ALLOWED_TIMES = "a time from 1700-01-01 to 2261-12-31"

# The same in seconds since 1970-01-01 UTC.
FIRST_SECOND = FIRST_TIME.replace(tzinfo=UTC).timestamp()
END_SECOND = END_TIME.replace(tzinfo=UTC).timestamp()


def is_allowed_time(seconds: float) -> bool:
    """Return whether a time in seconds since 1970-01-01 UTC lies in the allowed span."""
    return FIRST_SECOND <= seconds < END_SECOND
