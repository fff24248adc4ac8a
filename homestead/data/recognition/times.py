"""How a column writes its times: the order of day and month, and units since 1970."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from homestead.problem.values.time_formats import EPOCH_UNITS, parse_formatted_time
from homestead.problem.values.times import is_time_text

_NUMERIC_DATE = re.compile(r"\s*([0-9]{1,4})([/. -])([0-9]{1,2})\2([0-9]{1,4})(.*?)\s*")
_CLOCKS = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%H:%M:%S %z")
# Times without a clock, with a blank or a T before it.
_TAILS = ("", *(f"{blank}{clock}" for blank in (" ", "T", ", ") for clock in _CLOCKS))
_NAMED_DATES = (
    *("%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d.%b.%Y", "%b %d, %Y", "%b %d %Y", "%Y-%b-%d"),
    *("%d %B %Y", "%B %d, %Y", "%a, %d %b %Y", "%a %b %d %Y", "%Y%m%d"),
)
_EPOCH_YEARS = (1990, 2100)


@dataclass(frozen=True)
class RecognisedTimes:
    """How a column writes its times.

    Attributes:
        time_format: for ``Column.time_format``; None for ISO 8601, which needs none, and where
            only a person can tell.
        ambiguous: the formats that all values fit equally; empty if one fits best.
        contradicting: the first values that do not fit, three at most.
    """

    time_format: str | None
    ambiguous: tuple[str, ...] = ()
    contradicting: tuple[str, ...] = ()


def recognise_times(texts: Iterable[str]) -> RecognisedTimes | None:
    """Return how a column of texts writes its times, None if fewer than 90% are times.

    A column has one order of day and month, that of most of its values that tell it. Numbers of
    seconds or milliseconds are not recognised here (:func:`recognise_epoch`).

    Args:
        texts: values that are not missing.
    """
    counts = Counter(texts)
    total = counts.total()
    if not total:
        return None
    if _count(counts, lambda text: is_time_text(text.strip())) >= 0.9 * total:
        other = [text for text in counts if not is_time_text(text.strip())]
        return RecognisedTimes(None, contradicting=tuple(other[:3]))
    candidates = _candidates(next(iter(counts))) | _candidates(counts.most_common(1)[0][0])
    scores = {
        time_format: _count(counts, partial(_fits, time_format)) for time_format in candidates
    }
    best = max(scores.values(), default=0)
    if best < 0.9 * total:
        return None
    formats = sorted(time_format for time_format, score in scores.items() if score == best)
    if len(formats) > 1:
        return RecognisedTimes(None, ambiguous=tuple(formats))
    other = [text for text in counts if not _fits(formats[0], text)]
    return RecognisedTimes(formats[0], contradicting=tuple(other[:3]))


def recognise_epoch(numbers: Iterable[float]) -> str | None:
    """Return the unit since 1970 in which all numbers are times of 1990 to 2100, None if none is.

    Such numbers may also be identifiers; the column's name tells.
    """
    low, high = (datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in _EPOCH_YEARS)
    values = list(numbers)
    for name, unit in EPOCH_UNITS.items():
        if values and all(low * unit <= value < high * unit for value in values):
            return name
    return None


def _fits(time_format: str, text: str) -> bool:
    return parse_formatted_time(text, time_format) is not None


def _count(counts: Counter[str], is_time: Callable[[str], bool]) -> int:
    return sum(count for text, count in counts.items() if is_time(text))


def _candidates(text: str) -> set[str]:
    """Return the formats that a text may have, both orders of day and month included."""
    dates = set(_NAMED_DATES)
    if match := _NUMERIC_DATE.fullmatch(text):
        first, mark, _, last, _ = match.groups()
        if len(first) == 4:
            dates |= {f"%Y{mark}%m{mark}%d"}
        else:
            year = "%Y" if len(last) == 4 else "%y"
            dates |= {f"%d{mark}%m{mark}{year}", f"%m{mark}%d{mark}{year}"}
            if year == "%y" and mark != "/":
                dates |= {f"%y{mark}%m{mark}%d"}
    tails = [tail for tail in _TAILS if (":" in tail) == (":" in text)]
    formats = {date + tail for date in dates for tail in tails}
    swapped = {f: f.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m") for f in formats}
    readable = {f for f in formats if _fits(f, text)}
    # The text may fit one order only, and the others of its column the other one.
    return readable | {swapped[f] for f in readable if "%m" in f and not f.startswith("%Y")}
