"""Rows that the problem's ``drop`` leaves out: they are neither valid nor bad."""

from dataclasses import dataclass

from homestead.data.duplicates import list_identity
from homestead.problem.schema import Problem

WITHOUT_TARGET = "without a target"


@dataclass(frozen=True)
class DroppedRows:
    """Rows that one rule of ``drop`` leaves out.

    Attributes:
        reason: what they have in common.
        count: their number.
    """

    reason: str
    count: int

    def __str__(self) -> str:
        """Return the number of rows and the reason."""
        return f"{self.count} {'row' if self.count == 1 else 'rows'} dropped: {self.reason}"


def duplicates_reason(problem: Problem) -> str:
    """Return what rows that are dropped as duplicates have in common; empty if none are."""
    rule = problem.drop.duplicates
    if rule is None:
        return ""
    if rule == "identical":
        return "identical to an earlier row"
    return f"not the {rule} row of its {list_identity(problem)}"
