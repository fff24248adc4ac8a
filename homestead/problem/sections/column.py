"""A column of the source table."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from homestead.problem.sections.part import ProblemPart, Text
from homestead.problem.sections.source_format import MissingMarkers
from homestead.problem.values.listing import list_values
from homestead.problem.values.time_formats import EPOCH_UNITS, time_format_errors, time_zone_errors

_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]*")
Sensitivity = Literal["hash", "drop"]
Unseen = Literal["other", "refuse", "missing"]
OTHER = "other"


class Column(ProblemPart):
    """A column of the source table."""

    type: Literal["integer", "number", "boolean", "category", "text", "timestamp"]
    description: str = ""
    unit: str = ""
    range: tuple[float, float] | None = Field(None, description="Smallest and largest, inclusive.")
    allowed: tuple[Text, ...] | None = Field(
        None,
        description="A category's values, in order, or the classes of an integer target; as they"
        " are written, without quotes too. Without it a category's values are learnt from the rows"
        " of the split train, and the target's classes from all rows before the holdout.",
    )
    # Not in files of earlier versions, nor in those of models that do not need them.
    unseen: Unseen | None = Field(
        None,
        description="A category's value that is not among those known: it counts as the value"
        " 'other', as missing, or it is refused. By default a listed category refuses; a learnt one"
        " takes it for 'other' if train has such rows, otherwise for missing.",
        exclude_if=lambda unseen: unseen is None,
    )
    other: Text = Field(
        OTHER,
        min_length=1,
        description="The value that stands for rare and unseen ones of a category. A value of this"
        " name in the table counts as one of them.",
        exclude_if=lambda other: other == OTHER,
    )
    min_count: int | None = Field(
        None,
        ge=1,
        description="Rows of train from which on a learnt value is one of its own; a rarer one"
        " counts as unseen. By default 5, and 1 where unseen values are missing or refused.",
        exclude_if=lambda count: count is None,
    )
    max_values: int = Field(
        10_000,
        ge=1,
        le=1_000_000,
        description="Most values that are learnt, the most frequent ones; others count as unseen.",
        exclude_if=lambda count: count == 10_000,
    )
    max_length: int = Field(
        256,
        ge=1,
        le=10_000,
        description="Most characters of a text.",
        exclude_if=lambda length: length == 256,
    )
    nullable: bool = False
    sensitive: Sensitivity | None = Field(
        None,
        description="Personal data: the prediction log holds a keyed hash of it, or nothing; the"
        " same for features derived from it.",
    )
    # How values are written; model files hold it only where it is stated.
    missing: MissingMarkers = Field(
        (),
        description="What stands for a missing value, such as '?' or -999.",
        exclude_if=lambda markers: not markers,
    )
    trim: bool = Field(
        False, description="Ignore white space around texts.", exclude_if=lambda trim: not trim
    )
    time_format: str | None = Field(
        None,
        description="Of texts, in the codes of strptime, such as '%d/%m/%Y'; or of numbers,"
        f" {', '.join(EPOCH_UNITS)} since 1970-01-01 UTC. By default ISO 8601.",
        exclude_if=lambda time_format: time_format is None,
    )
    time_zone: str | None = Field(
        None,
        description="Of times without one, such as Europe/Berlin; by default UTC. Of an hour that"
        " the clocks repeat, the first is meant.",
        exclude_if=lambda time_zone: time_zone is None,
    )

    @model_validator(mode="after")
    def _constraints_fit_type(self) -> Self:
        for error in (*_type_errors(self), *_category_errors(self), *_notation_errors(self)):
            raise ValueError(error)
        return self

    @property
    def is_open(self) -> bool:
        """Whether other values than those in ``allowed`` may occur.

        The values of an open category depend on the training set, so that feature views store
        them in a form that does not (:func:`.categories.stored_category`).
        """
        return self.type == "category" and (self.allowed is None or self.takes_unseen)

    @property
    def takes_unseen(self) -> bool:
        """Whether a value that is not in ``allowed`` has a meaning: 'other', or missing."""
        return self.unseen in ("other", "missing")

    @property
    def is_learnt(self) -> bool:
        """Whether the values of this category are still to be learnt from the training set."""
        return self.type == "category" and self.allowed is None

    @property
    def has_numbers(self) -> bool:
        """Whether the column's values are, or have, numbers that expressions can read."""
        return self.type != "text" and not self.is_learnt

    @property
    def unseen_code(self) -> float:
        """The model's number for a value that is not in ``allowed``; NaN for missing."""
        values = self.allowed or ()
        if self.unseen == "other" and self.other in values:
            return float(values.index(self.other))
        return float("nan")


def _type_errors(column: Column) -> Iterator[str]:
    if column.range and column.type not in ("integer", "number"):
        yield f"'range' is for type integer or number, found type {column.type}"
    if column.range and not column.range[0] <= column.range[1]:
        yield f"found range {list(column.range)}, allowed is [smallest, largest]"
    if column.type != "text" and _is_given(column, "max_length"):
        yield f"'max_length' is for type text, found type {column.type}"


def _category_errors(column: Column) -> Iterator[str]:
    if column.type == "integer" and column.allowed:
        others = [text for text in column.allowed if not _WHOLE_NUMBER.fullmatch(text)]
        if others:
            yield f"'allowed' of an integer are whole numbers, found {others[0]!r}"
    elif column.type != "category" and column.allowed:
        yield f"'allowed' is for type category, found type {column.type}"
    if column.type != "category":
        for key in ("unseen", "other", "min_count", "max_values"):
            if _is_given(column, key):
                yield f"'{key}' is for type category, found type {column.type}"
    if column.allowed is None:
        return
    for key in ("min_count", "max_values"):
        if _is_given(column, key):
            yield f"'{key}' is for categories whose values are learnt, which have no 'allowed'"
    if column.type == "category" and not column.allowed:
        yield "'allowed' is an empty list; without the key the values are learnt from train"
    twice = [text for text, count in Counter(column.allowed).items() if count > 1]
    if twice:
        yield f"'allowed' lists a value twice: {list_values(twice)}"
    if column.unseen == "other" and column.other not in column.allowed:
        yield (
            f"unseen: found 'other', but 'allowed' lists no {column.other!r}; list it, or name"
            " another of the values under 'other'"
        )


def _is_given(column: Column, key: str) -> bool:
    return bool(getattr(column, key) != Column.model_fields[key].default)


def _notation_errors(column: Column) -> Iterator[str]:
    for key in ("time_format", "time_zone"):
        if getattr(column, key) is not None and column.type != "timestamp":
            yield f"'{key}' is for type timestamp, found type {column.type}"
    if column.time_format is not None:
        yield from time_format_errors(column.time_format)
    if column.time_zone is not None:
        yield from time_zone_errors(column.time_zone)
        if column.time_format in EPOCH_UNITS:
            yield f"'time_zone' has no meaning for {column.time_format}"
    both = [marker for marker in column.missing if marker in (column.allowed or ())]
    if both:
        yield f"'missing' and 'allowed' both list {list_values(both)}"
