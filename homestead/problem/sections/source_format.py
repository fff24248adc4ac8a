"""How a source's files are read, and which of its rows are dropped."""

import codecs
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from homestead.problem.sections.part import ProblemPart
from homestead.problem.values.listing import list_values

FileType = Literal["csv", "json_lines", "parquet"]
_RECORD_ENDS = "\r\n"


def _marker_text(value: object) -> object:
    """Return a number as the text of a missing value; anything else as it is."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


# What stands for a missing value; -999 stands for -999.0 too.
_Marker = Annotated[
    str,
    BeforeValidator(_marker_text),
    Field(min_length=1),
    WithJsonSchema({"type": ["string", "number"], "minLength": 1}),
]
MissingMarkers = tuple[_Marker, ...]


class SourceFormat(ProblemPart):
    """How the source's files are read; nothing of it is guessed."""

    type: FileType | None = Field(
        None, description="Type of the files; by default their extension's."
    )
    separator: str | None = Field(
        None, description="Between the fields of a CSV; by default ',', a tab in .tsv files."
    )
    quote: str = Field('"', max_length=1, description="Around fields of a CSV; '' for none.")
    escape: str | None = Field(
        None, max_length=1, description="Before a quote within a quoted field; by default a quote."
    )
    encoding: str = Field("utf-8", description="Of text files; a byte order mark has precedence.")
    header: tuple[str, ...] | None = Field(
        None, description="Names of a CSV's columns, for a file whose first row holds values."
    )
    skip_lines: int = Field(0, ge=0, description="Lines before a CSV's header.")
    decimal: Literal[".", ","] = Field(".", description="Decimal mark of numbers in texts.")
    thousands: Literal[",", ".", " ", "'"] | None = Field(
        None, description="Between groups of three digits of numbers in texts."
    )
    missing: MissingMarkers = Field((), description="What stands for a missing value anywhere.")
    trim: bool = Field(False, description="Ignore white space around texts of all columns.")

    @model_validator(mode="after")
    def _is_readable(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands are both {self.decimal!r}, allowed are two")
        marks = {"separator": self.separator, "quote": self.quote, "escape": self.escape}
        for key, mark in marks.items():
            if mark is not None and mark in [*_RECORD_ENDS, "\0"]:
                raise ValueError(f"{key}: found {mark!r}, which ends a row")
        if self.separator is not None and len(self.separator) != 1:
            raise ValueError(f"separator: found {self.separator!r}, allowed is one character")
        for key, mark in marks.items():
            if mark is not None and not mark.isascii():
                raise ValueError(f"{key}: found {mark!r}, allowed is an ASCII character")
        if self.separator is not None and self.separator == self.quote:
            raise ValueError(f"separator and quote are both {self.quote!r}, allowed are two")
        twice = sorted({n for n in self.header or () if n and (self.header or ()).count(n) > 1})
        if twice:
            raise ValueError(f"header: lists {list_values(twice)} twice")
        try:
            "".encode(codecs.lookup(self.encoding).name)
        except LookupError:
            raise ValueError(
                f"encoding: found {self.encoding!r}, allowed is one that Python knows, such as"
                " utf-8, cp1252, iso-8859-15 or utf-16"
            ) from None
        return self


class Drop(ProblemPart):
    """Rows that are left out and do not count as bad."""

    duplicates: Literal["identical", "first", "last"] | None = Field(
        None,
        description="'identical': all but one of rows whose values are all the same; 'first' or"
        " 'last': all but that row in the file, of rows that share key and time.",
    )
    without_target: bool = Field(
        False,
        description="Rows without a target; otherwise they are not trained on, but their features"
        " reach the views.",
    )
