"""Times that a table writes in its own way: by a declared format, or as numbers since 1970."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# By name the number of units in a second.
EPOCH_UNITS = {
    "epoch_s": 1,
    "epoch_ms": 1_000,
    "epoch_us": 1_000_000,
    "epoch_ns": 1_000_000_000,
}


def time_format_errors(text: str) -> Iterator[str]:
    """Yield what is wrong with a column's ``time_format``."""
    if text in EPOCH_UNITS:
        return
    allowed = f"allowed are {', '.join(EPOCH_UNITS)}, or codes of strptime such as '%d/%m/%Y'"
    if text.startswith("epoch") or "%" not in text:
        yield f"time_format: found {text!r}, {allowed}"
        return
    moment = datetime(2014, 12, 31, 23, 58, 59, tzinfo=UTC)
    try:
        read = datetime.strptime(moment.strftime(text), text)
    except (ValueError, re.error) as error:
        yield f"time_format: found {text!r} ({error}), {allowed}"
    else:
        if (read.year, read.month) != (moment.year, moment.month):
            yield f"time_format: found {text!r}, which lacks year or month; {allowed}"


def time_zone_errors(name: str) -> Iterator[str]:
    """Yield what is wrong with a column's ``time_zone``."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield f"time_zone: found {name!r}, allowed is a name such as Europe/Berlin"


@lru_cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def parse_formatted_time(text: str, time_format: str) -> datetime | None:
    """Return the time of a text in a declared format, None if it has another form."""
    try:
        return datetime.strptime(text.strip(), time_format)
    except ValueError:
        return None


def seconds_since_epoch(moment: datetime, time_zone: str | None) -> float | None:
    """Return a time in seconds since 1970-01-01 UTC, None if the clocks skip it.

    Args:
        moment: with a time zone, or local.
        time_zone: of a local time; by default UTC. Of an hour that the clocks repeat, the first is
            meant.
    """
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=_zone(time_zone) if time_zone else UTC, fold=0)
    in_utc = moment.astimezone(UTC)
    if time_zone and in_utc.astimezone(moment.tzinfo).replace(tzinfo=None) != moment.replace(
        tzinfo=None
    ):
        return None
    return in_utc.timestamp()
