"""How the rows are split into train, validation and holdout."""

from datetime import date
from typing import Self

from pydantic import model_validator

from homestead.problem.sections.part import ProblemPart


class Split(ProblemPart):
    """Times that split the rows into train, validation and holdout."""

    validation_from: date
    holdout_from: date

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.validation_from >= self.holdout_from:
            raise ValueError(
                f"validation_from {self.validation_from} must be before"
                f" holdout_from {self.holdout_from}"
            )
        return self
