"""Profile of one column: its guessed type, its values in that type, and their summary."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from homestead.data.column_types import convert_columns
from homestead.data.recognition.missing import recognise_missing
from homestead.drafting.profile.column_names import names_code
from homestead.drafting.profile.text_types import GuessedType, TypeGuess, guess_text_type
from homestead.problem.sections.column import Column
from homestead.problem.sections.source_format import SourceFormat

_LONG_TEXT = 40


@dataclass(frozen=True)
class ColumnProfile:
    """What a draft needs to know of a column.

    Attributes:
        type: ``empty`` if no row has a value.
        values: shape (rows,): float64 of integers, numbers and booleans, datetime64 of times, texts
            of categories; missing where there is none. Its index is from 0.
        counts: how often each value occurs, the most frequent first; values as texts.
        markers: texts that stand for a missing value.
        reason: why it is not the type that it looks like, or what is odd about it.
        time_format: of times that are not written in ISO 8601.
    """

    name: str
    type: GuessedType
    values: pd.Series
    counts: "pd.Series[int]"
    markers: tuple[str, ...] = ()
    reason: str = ""
    time_format: str | None = None
    is_present: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_present", self.values.notna().to_numpy())

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.values)

    @property
    def missing(self) -> int:
        """The number of rows without a value."""
        return int(self.rows - self.is_present.sum())

    @property
    def distinct(self) -> int:
        """The number of different values."""
        return len(self.counts)

    @property
    def is_numeric(self) -> bool:
        """Whether the values are numbers."""
        return self.type in ("integer", "number")

    @property
    def is_constant(self) -> bool:
        """Whether all rows have one value; a missing one counts as another."""
        return self.distinct == 1 and not self.missing

    @property
    def is_unique(self) -> bool:
        """Whether no value is missing or occurs twice."""
        return self.distinct == self.rows

    @property
    def span(self) -> tuple[float, float]:
        """The smallest and the largest number."""
        return float(self.values.min()), float(self.values.max())

    @property
    def is_free_text(self) -> bool:
        """Whether the texts are sentences or names rather than levels: most occur once."""
        if self.type != "category" or self.distinct <= 50:
            return False
        present = self.rows - self.missing
        if self.distinct > 0.5 * present:
            return True
        length = float(np.mean([len(text) for text in self.counts.index[:1000]]))
        return length > _LONG_TEXT and self.distinct > 0.1 * present


def profile_table(
    table: pd.DataFrame, source_format: SourceFormat | None = None
) -> dict[str, ColumnProfile]:
    """Profile each column of a table as :func:`homestead.data.tables.read_table` returns it."""
    return {
        str(name): profile_column(str(name), table[name], source_format) for name in table.columns
    }


def profile_column(
    name: str, raw: pd.Series, source_format: SourceFormat | None = None
) -> ColumnProfile:
    """Profile a column as it was read: texts of a CSV, or a Parquet file's own types."""
    raw = raw.reset_index(drop=True)
    guess = _guess_type(raw, source_format)
    if guess.type == "empty":
        nothing = pd.Series([None] * len(raw), dtype=object)
        return ColumnProfile(name, "empty", nothing, _count(nothing))
    values = _convert(raw, guess, source_format)
    if guess.type == "boolean":
        # A target's classes are the words of the table.
        words = raw.map(_word).where(values.notna())
        return ColumnProfile(name, "boolean", values, _count(words), guess.markers)
    if guess.type == "integer" and names_code(name) and values.nunique() < 0.5 * len(values):
        reason = "its name says that the numbers are codes"
        guess = TypeGuess("category", guess.markers, reason=reason)
        values = _convert(raw, guess, source_format)
    return ColumnProfile(
        name, guess.type, values, _count(values), guess.markers, guess.reason, guess.time_format
    )


def _guess_type(raw: pd.Series, source_format: SourceFormat | None) -> TypeGuess:
    if raw.isna().all():
        return TypeGuess("empty")
    if pd.api.types.is_datetime64_any_dtype(raw):
        return TypeGuess("timestamp")
    if pd.api.types.is_bool_dtype(raw):
        return TypeGuess("boolean")
    if pd.api.types.is_numeric_dtype(raw):
        kind: GuessedType = "integer" if pd.api.types.is_integer_dtype(raw) else "number"
        counts = raw.dropna().value_counts()
        if kind == "integer" and {*counts.index} == {0, 1}:
            return TypeGuess("boolean")
        texts = Counter({_text(value): int(count) for value, count in counts.items()})
        return TypeGuess(kind, recognise_missing(texts.elements()))
    texts = Counter(raw.dropna().map(_text).tolist())
    texts.pop("", None)
    return guess_text_type(texts, source_format)


def _convert(raw: pd.Series, guess: TypeGuess, source_format: SourceFormat | None) -> pd.Series:
    """Return the values as training reads them; numbers and truth values as float64."""
    column = Column.model_validate(
        {"type": guess.type, "missing": guess.markers, "time_format": guess.time_format}
    )
    table, _ = convert_columns(pd.DataFrame({"x": raw}), {"x": column}, "", source_format)
    values = table["x"]
    if guess.type in ("integer", "number", "boolean"):
        return pd.Series(values.astype("Float64").to_numpy(dtype=float, na_value=np.nan))
    return (
        values if guess.type == "timestamp" else values.astype(object).where(values.notna(), None)
    )


def _count(values: pd.Series) -> "pd.Series[int]":
    """Return how often each value occurs, the most frequent first; values as texts."""
    counts = values.value_counts()
    counts.index = pd.Index([_text(value) for value in counts.index], dtype=object)
    return counts


def _word(value: object) -> str:
    """Return a truth value as the category that it is."""
    return str(value).lower() if isinstance(value, bool | np.bool_) else str(value)


def _text(value: object) -> str:
    """Return a value as people write it: 2013 for 2013.0."""
    return f"{value:.15g}" if isinstance(value, float) else str(value)
