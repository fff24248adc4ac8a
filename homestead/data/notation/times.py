"""Times of a table: ISO 8601 or a declared format, units since 1970, local times."""

import re
from datetime import date

import numpy as np
import pandas as pd

from homestead.data.parse_numbers import parse_integers, parse_numbers
from homestead.problem.sections.column import Column
from homestead.problem.values.time_formats import EPOCH_UNITS
from homestead.problem.values.times import END_TIME, FIRST_TIME, is_time_text

_MICROSECONDS = 1_000_000
_HAS_ZONE = re.compile(r".*[T ][0-9:.]+ ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)")
# Years in which tables' times lie, and the time after 1970 that such a number in a coarser unit
# seems to tell: milliseconds of 2024 are microseconds of January 1970.
_USUAL_YEARS = (1990, 2100)


def parse_times(values: pd.Series, column: Column, is_recent: bool | None = None) -> pd.Series:
    """Return times in UTC as ``datetime64[us]``, missing where a value is none.

    Args:
        values: times, dates, texts or, where the column declares a unit since 1970, numbers.
        is_recent: whether most times of the column lie in usual years, so that others seem to be in
            another unit; None if these are all values of the column.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        return _in_span(_localized(values, column.time_zone))
    if column.time_format in EPOCH_UNITS:
        return _parse_epoch(values, EPOCH_UNITS[column.time_format], is_recent)
    if column.time_format is not None:
        return _in_span(_parse_formatted(values, column.time_format, column.time_zone))
    return _in_span(_parse_iso(values, column.time_zone))


def _parse_iso(values: pd.Series, time_zone: str | None) -> pd.Series:
    # pandas takes more for a time: digits, numbers, 'now'.
    dates = [
        isinstance(value, date) or (isinstance(value, str) and is_time_text(value))
        for value in values
    ]
    times = values.astype(object).where(np.array(dates, dtype=bool))
    if time_zone is None:
        return pd.to_datetime(times, errors="coerce", utc=True, format="ISO8601")
    is_local = np.array([not _has_zone(value) for value in times], dtype=bool)
    as_utc = pd.to_datetime(times, errors="coerce", utc=True, format="ISO8601")
    local = _localized(as_utc.dt.tz_localize(None), time_zone)
    return local.where(is_local, as_utc)


def _has_zone(value: object) -> bool:
    if isinstance(value, str):
        return _HAS_ZONE.fullmatch(value) is not None
    return getattr(value, "tzinfo", None) is not None


def _parse_formatted(values: pd.Series, time_format: str, time_zone: str | None) -> pd.Series:
    is_text = [isinstance(value, str) for value in values]
    texts = values.astype(object).where(np.array(is_text, dtype=bool)).str.strip()
    times = pd.to_datetime(texts, errors="coerce", format=time_format, utc="%z" in time_format)
    return _localized(times, time_zone)


def _localized(times: pd.Series, time_zone: str | None) -> pd.Series:
    """Return times in UTC; those without a zone are in ``time_zone``, by default UTC.

    Of an hour that the clocks repeat, the first is meant; one that they skip is no time.
    """
    if times.dt.tz is None:
        is_first = np.ones(len(times), dtype=bool)
        times = times.dt.tz_localize(time_zone or "UTC", ambiguous=is_first, nonexistent="NaT")
    in_utc: pd.Series = times.dt.tz_convert("UTC")
    return in_utc


def _parse_epoch(values: pd.Series, units_per_s: int, is_recent: bool | None) -> pd.Series:
    whole = parse_integers(values)
    if units_per_s > _MICROSECONDS:
        microseconds = whole // (units_per_s // _MICROSECONDS)
    else:
        factor = _MICROSECONDS // units_per_s
        largest = np.iinfo(np.int64).max // factor
        microseconds = whole.where(whole.abs() <= largest) * factor
        fractions = parse_numbers(values) * factor
        microseconds = microseconds.fillna(fractions.where(fractions.abs() < 2**53).round())
    span = [np.datetime64(time, "us").astype(np.int64) for time in (FIRST_TIME, END_TIME)]
    microseconds = microseconds.where(microseconds.between(span[0], span[1] - 1))
    times = pd.Series(
        microseconds.fillna(0).to_numpy(np.int64).astype("datetime64[us]"), index=values.index
    ).where(microseconds.notna().to_numpy(bool))
    return times.where(~_is_other_unit(times, is_recent))


def count_recent(times: pd.Series) -> tuple[int, int]:
    """Return how many times lie in usual years, and how many there are."""
    first, last = (pd.Timestamp(year, 1, 1) for year in _USUAL_YEARS)
    return int(times.between(first, last).sum()), int(times.notna().sum())


def _is_other_unit(times: pd.Series, is_recent: bool | None) -> pd.Series:
    """Return which times seem to be in a coarser unit than most others of their column."""
    first, last = (pd.Timestamp(year, 1, 1) for year in _USUAL_YEARS)
    start = pd.Timestamp(0)
    is_coarser = pd.Series(False, index=times.index)
    for factor in (1_000, 1_000_000):
        is_coarser |= times.between(
            start + (first - start) / factor, start + (last - start) / factor
        )
    if is_recent is None:
        recent, _ = count_recent(times)
        is_recent = recent > len(times) / 2
    return is_coarser & is_recent


def _in_span(times: pd.Series) -> pd.Series:
    """Return times in UTC as ``datetime64[us]``, missing where they are out of the span."""
    plain: pd.Series = times.dt.tz_localize(None)
    # By year: a time in seconds or milliseconds may be beyond what finer units hold.
    in_span = plain.dt.year.between(FIRST_TIME.year, END_TIME.year - 1)
    in_microseconds: pd.Series = plain.where(in_span).astype("datetime64[us]")
    return in_microseconds
