"""The problem file: what a user states about a table; all else follows from it."""

from typing import Self

from pydantic import model_validator

from homestead.problem.fields import ProblemFields
from homestead.problem.validation import validation_errors


class Problem(ProblemFields):
    """One learning problem."""

    @model_validator(mode="after")
    def _fields_agree(self) -> Self:
        errors = list(validation_errors(self))
        if errors:
            raise ValueError("\n".join(errors))
        return self
