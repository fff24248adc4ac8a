"""Parts of a time, such as its hour, in a time zone of the IANA database, for columns and rows.

A time is in seconds since 1970-01-01 UTC. The offset from UTC is Python's in both versions, so that
they agree at each change of the clocks.
"""

import functools
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

import numpy as np

from homestead.problem.expressions.function_pair import FunctionPair
from homestead.problem.values.listing import list_values

if TYPE_CHECKING:
    import pandas as pd

# Years 1 to 9999 in seconds since 1970: the times that Python's datetime can represent.
_MIN_SECONDS, _MAX_SECONDS = -62135596800, 253402300799
_UTC = "UTC"


@functools.lru_cache(64)
def time_zone(name: str) -> ZoneInfo:
    """Return a time zone.

    Raises:
        ValueError: there is none of that name; the text lists similar ones.
    """
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        zones = sorted(available_timezones())
        raise ValueError(
            f"found {name!r}, allowed is a time zone: {list_values(zones, name)}"
        ) from None


def _local_seconds(seconds: int, zone: str) -> int:
    """Return what the clocks of a zone show, as seconds since 1970-01-01 by the same clocks."""
    offset = datetime.fromtimestamp(seconds, time_zone(zone)).utcoffset()
    return seconds + offset.days * 86400 + offset.seconds if offset else seconds


def _row_version(of_time: Callable[[datetime], int]) -> Callable[..., float]:
    def row(seconds: float, zone: str = _UTC) -> float:
        if not _MIN_SECONDS <= seconds <= _MAX_SECONDS:
            return math.nan
        whole = math.floor(seconds)
        try:
            local = whole if zone == _UTC else _local_seconds(whole, zone)
            return float(of_time(datetime.fromtimestamp(local, UTC)))
        except (ValueError, OverflowError):  # beyond those years by the zone's clocks
            return math.nan

    return row


def _columns_version(of_times: "Callable[[pd.DatetimeIndex], Any]") -> Callable[..., np.ndarray]:
    def columns(seconds: Any, zone: str = _UTC) -> np.ndarray:
        import pandas as pd  # not needed by the server, which computes single rows only

        seconds = np.atleast_1d(np.asarray(seconds, dtype=float))
        in_range = (seconds >= _MIN_SECONDS) & (seconds <= _MAX_SECONDS)
        whole = np.floor(np.where(in_range, seconds, 0)).astype(np.int64)
        if zone != _UTC:
            whole = _local_column(whole, zone)
        in_range &= (whole >= _MIN_SECONDS) & (whole <= _MAX_SECONDS)
        times = np.where(in_range, whole.astype("datetime64[s]"), np.datetime64("NaT", "s"))
        return np.asarray(of_times(pd.DatetimeIndex(times)), dtype=float)

    return columns


def _local_column(seconds: np.ndarray, zone: str) -> np.ndarray:
    distinct, places = np.unique(seconds, return_inverse=True)
    return np.array([_local_or_out_of_range(s, zone) for s in distinct.tolist()], np.int64)[places]


def _local_or_out_of_range(seconds: int, zone: str) -> int:
    try:
        return _local_seconds(seconds, zone)
    except (ValueError, OverflowError):
        return _MAX_SECONDS + 1


def _time_part(
    of_times: "Callable[[pd.DatetimeIndex], Any]", of_time: Callable[[datetime], int]
) -> FunctionPair:
    return FunctionPair(_columns_version(of_times), _row_version(of_time))


# Each takes a time and, as a text, a time zone, which is UTC by default.
TIME_PARTS: Mapping[str, FunctionPair] = {
    "year": _time_part(lambda t: t.year, lambda t: t.year),
    "quarter": _time_part(lambda t: t.quarter, lambda t: (t.month + 2) // 3),
    "month": _time_part(lambda t: t.month, lambda t: t.month),
    # Of ISO 8601: the week with the year's first Thursday is 1.
    "week": _time_part(lambda t: t.isocalendar().week, lambda t: t.isocalendar().week),
    "day": _time_part(lambda t: t.day, lambda t: t.day),
    "dayofyear": _time_part(lambda t: t.dayofyear, lambda t: t.timetuple().tm_yday),
    # Monday is 0, as in Python and pandas.
    "weekday": _time_part(lambda t: t.weekday, lambda t: t.weekday()),
    "hour": _time_part(lambda t: t.hour, lambda t: t.hour),
    "minute": _time_part(lambda t: t.minute, lambda t: t.minute),
}
