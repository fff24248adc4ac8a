"""The type that a column of texts is guessed to have.

Texts that are numbers in every way but one stay texts: postal codes with leading zeros, codes such
as 1e3 among whole numbers, and ids with more digits than an integer of 64 bits holds.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from homestead.data.recognition.missing import recognise_missing
from homestead.data.recognition.times import recognise_times
from homestead.problem.sections.source_format import SourceFormat
from homestead.problem.values.missing_words import MISSING_WORDS

GuessedType = Literal["integer", "number", "boolean", "category", "timestamp", "empty"]

_WHOLE = re.compile(r"\s*-?(0|[1-9][0-9]{0,17})\s*")
_DECIMAL = re.compile(r"\s*[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?\s*")
_EXPONENT_CODE = re.compile(r"[0-9]+[eE][0-9]+")
_LEADING_ZERO = re.compile(r"0[0-9]+")
_MANY_DIGITS = re.compile(r"[0-9]{19,}")
_GROUPED = r"[0-9]{{1,3}}({}[0-9]{{3}})+"
_FEW_NUMBERS = 10
_MAX_OTHER_SHARE = 0.01
_BOOLEAN_PAIRS = ({"true", "false"}, {"yes", "no"}, {"0", "1"})


@dataclass(frozen=True)
class TypeGuess:
    """A column's type, and what a reader of the draft should know about it.

    Attributes:
        markers: texts that stand for a missing value.
        time_format: of times that are not written in ISO 8601.
        reason: why it is not the type that it looks like, or what else is odd.
    """

    type: GuessedType
    markers: tuple[str, ...] = ()
    time_format: str | None = None
    reason: str = ""


def guess_text_type(
    counts: Mapping[str, int], source_format: SourceFormat | None = None
) -> TypeGuess:
    """Guess the type of texts.

    Args:
        counts: how often each text occurs, empty ones left out.
        source_format: how numbers are written.
    """
    words = Counter({text: n for text, n in counts.items() if text not in MISSING_WORDS})
    if not words:
        return TypeGuess("empty")
    markers = recognise_missing(words.elements())
    rest = Counter({text: n for text, n in words.items() if text.strip() not in markers})
    lowered = {text.strip().lower() for text in rest}
    if any(lowered <= pair for pair in _BOOLEAN_PAIRS) and (len(lowered) == 2 or "true" in lowered):
        return TypeGuess("boolean", markers)
    guess = _guess_number(rest, source_format or SourceFormat())
    if guess.type == "category" and not guess.reason:
        guess = _guess_times(rest) or guess
    if guess.type == "category":
        # Whatever is written is a text; only signs such as ? are missing.
        markers = recognise_missing(counts_of_texts(counts))
    return TypeGuess(guess.type, (*markers, *guess.markers), guess.time_format, guess.reason)


def counts_of_texts(counts: Mapping[str, int]) -> Iterator[str]:
    """Yield each text as often as it occurs."""
    return Counter(counts).elements()


def _guess_times(counts: Counter[str]) -> TypeGuess | None:
    times = recognise_times(counts.elements())
    if times is None:
        return None
    if times.ambiguous:
        formats = " or ".join(times.ambiguous)
        return TypeGuess(
            "category", reason=f"times in {formats}: say which by type: timestamp and time_format"
        )
    reason = f"{', '.join(times.contradicting)}: bad rows" if times.contradicting else ""
    return TypeGuess("timestamp", time_format=times.time_format, reason=reason)


def _guess_number(counts: Counter[str], source_format: SourceFormat) -> TypeGuess:
    if reason := _why_no_number(counts, source_format):
        return TypeGuess("category", reason=reason)
    plain = {text: _with_point(text, source_format) for text in counts}
    numbers = [number for number in plain.values() if _DECIMAL.fullmatch(number)]
    others = Counter(
        {t: counts[t] for t, number in plain.items() if not _DECIMAL.fullmatch(number)}
    )
    if not numbers:
        return TypeGuess("category")
    kind: GuessedType = "integer" if all(map(_WHOLE.fullmatch, numbers)) else "number"
    if not others:
        return TypeGuess(kind)
    if len(numbers) < _FEW_NUMBERS:
        return TypeGuess("category")
    if len(others) == 1 and others.total() > 1:
        marker = next(iter(others))
        share = f"{others[marker]} of {counts.total()}"
        reason = f"all other values are numbers ({share} are {marker!r})"
        return TypeGuess(kind, (marker,), reason=reason)
    if others.total() <= _MAX_OTHER_SHARE * counts.total():
        return TypeGuess(kind, reason=f"{', '.join(list(others)[:3])}: bad rows")
    return TypeGuess("category")


def _with_point(text: str, source_format: SourceFormat) -> str:
    """Return a number as it is written with a decimal point and no marks between thousands."""
    if source_format.thousands is not None:
        text = text.replace(source_format.thousands, "")
    return text.replace(source_format.decimal, ".") if source_format.decimal == "," else text


def _why_no_number(texts: Collection[str], source_format: SourceFormat) -> str:
    """Return why texts of digits are no numbers, or an empty text."""
    digits = [text for text in texts if text[:1].isdigit()]
    if any(_MANY_DIGITS.fullmatch(text) for text in digits):
        return "more digits than an integer of 64 bits holds: texts"
    if any(_LEADING_ZERO.fullmatch(text) for text in digits):
        return "leading zeros: texts, not numbers"
    codes = [text for text in digits if _EXPONENT_CODE.fullmatch(text)]
    whole = [text for text in digits if text.isdigit()]
    if codes and whole and len(codes) + len(whole) == len(texts):
        return f"{codes[0]} beside whole numbers: codes, not numbers"
    mark = "." if source_format.decimal == "," else ","
    grouped = re.compile(_GROUPED.format(re.escape(mark)))
    separated = [text for text in digits if grouped.fullmatch(text)]
    if separated and source_format.thousands is None and len(separated) + len(whole) == len(texts):
        return f"{separated[0]}: to read thousands, write format: {{thousands: '{mark}'}}"
    return ""
