"""The problem file: what a user states about a table; everything else follows from it."""

from typing import Self

from pydantic import model_validator

from homestead.problem.estimators.parameters import unsupported_parameters
from homestead.problem.sections.fields import ProblemFields
from homestead.problem.target import target_classes
from homestead.problem.validation.all_errors import validation_errors


class Problem(ProblemFields):
    """One learning problem."""

    @model_validator(mode="after")
    def _fields_agree(self) -> Self:
        errors = [*validation_errors(self), *unsupported_parameters(self)]
        if errors:
            raise ValueError("\n".join(errors))
        return self

    @property
    def classes(self) -> tuple[str, ...]:
        """The target's classes, in the order of their codes; empty for a regression."""
        return target_classes(self)

    def category_codes(self, name: str) -> tuple[str, ...] | None:
        """Return the values of a category column, or None for any other column.

        A category's code as a model input is its position among the values, from 0. Those of a
        category without a list are known once :func:`.learnt.resolve_problem` has learnt them.
        """
        column = self.columns.get(name)
        return column.allowed if column and column.type == "category" else None
