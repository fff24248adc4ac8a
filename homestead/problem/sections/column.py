"""A column of the source table."""

import re
from collections import Counter
from typing import Literal, Self

from pydantic import Field, model_validator

from homestead.problem.sections.part import ProblemPart, Text
from homestead.problem.values.listing import list_values

_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]*")
Sensitivity = Literal["hash", "drop"]


class Column(ProblemPart):
    """A column of the source table."""

    type: Literal["integer", "number", "boolean", "category", "timestamp"]
    description: str = ""
    unit: str = ""
    range: tuple[float, float] | None = Field(None, description="Smallest and largest, inclusive.")
    allowed: tuple[Text, ...] | None = Field(
        None,
        description="A category's values, in order, or the classes of an integer target; as they"
        " are written, without quotes too.",
    )
    nullable: bool = False
    sensitive: Sensitivity | None = Field(
        None,
        description="Personal data: the prediction log holds a keyed hash of it, or nothing; the"
        " same for features derived from it.",
    )

    @model_validator(mode="after")
    def _constraints_fit_type(self) -> Self:
        if self.type == "category" and not self.allowed:
            raise ValueError("a category needs 'allowed', the list of its values")
        if self.type not in ("category", "integer") and self.allowed:
            raise ValueError(f"'allowed' is for type category, found type {self.type}")
        if self.type == "integer" and self.allowed:
            others = [text for text in self.allowed if not _WHOLE_NUMBER.fullmatch(text)]
            if others:
                raise ValueError(f"'allowed' of an integer are whole numbers, found {others[0]!r}")
        if self.allowed and len(set(self.allowed)) < len(self.allowed):
            twice = [text for text, count in Counter(self.allowed).items() if count > 1]
            raise ValueError(f"'allowed' lists a value twice: {list_values(twice)}")
        if self.range and self.type not in ("integer", "number"):
            raise ValueError(f"'range' is for type integer or number, found type {self.type}")
        if self.range and not self.range[0] <= self.range[1]:
            raise ValueError(f"found range {list(self.range)}, allowed is [smallest, largest]")
        return self
