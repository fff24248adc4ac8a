"""What the models of a release learnt where the problem file leaves it to the training set."""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict

from homestead.problem.contract import Contract
from homestead.problem.schema import Problem
from homestead.release.evidence import Side


class LearntValues(BaseModel):
    """Values of categories that each model learnt from its own training set.

    Attributes:
        classes: the target's, of either model; empty if the problem file lists them.
        categories: of sliced columns, by the model that learnt them: a logged number is a position
            among the values of the model that answered.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    classes: tuple[str, ...] = ()
    categories: dict[Side, dict[str, tuple[str, ...]]] = {}

    @classmethod
    def of(cls, problem: Problem, contracts: Mapping[Side, Contract]) -> Self:
        """Take from the models' contracts what the problem file leaves open."""
        columns = learnt_slices(problem)
        categories = {
            side: {
                name: column.allowed
                for name in columns
                if (column := contract.columns.get(name)) is not None and column.allowed is not None
            }
            for side, contract in contracts.items()
        }
        # The challenger's order first: its positive class is the last one.
        classes = (*contracts["challenger"].classes, *contracts["champion"].classes)
        return cls(
            classes=tuple(dict.fromkeys(classes)) if has_learnt_classes(problem) else (),
            categories=categories if columns else {},
        )

    @property
    def is_empty(self) -> bool:
        """Whether the problem file lists all that a release needs."""
        return not self.classes and not self.categories

    def resolve(self, problem: Problem) -> Problem:
        """Return the problem with the classes that are known, the same one if it lists them."""
        if not self.classes or not has_learnt_classes(problem):
            return problem
        target = problem.columns[problem.target].model_copy(update={"allowed": self.classes})
        return problem.model_copy(update={"columns": {**problem.columns, problem.target: target}})


def has_learnt_classes(problem: Problem) -> bool:
    """Return whether the target's classes are learnt from the training set."""
    return problem.task == "classification" and not problem.classes


def learnt_slices(problem: Problem) -> tuple[str, ...]:
    """Return the sliced columns whose values are learnt from the training set."""
    columns = problem.columns
    return tuple(name for name in problem.slices if name in columns and columns[name].is_learnt)
