"""Exceptions and warnings whose text is written for the user."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


class UserError(Exception):
    """A mistake that the user can fix; the text says where, what was found and what is allowed."""


class NoChampionError(UserError):
    """Nothing has been released yet.

    Attributes:
        problem: the problem's name; '' if it is not known.
    """

    def __init__(self, message: str, problem: str = "") -> None:
        super().__init__(message)
        self.problem = problem


class RefusedRowsError(UserError):
    """Rows that a model cannot predict: the text names row and field.

    Attributes:
        reason: a short word: ``missing``, ``type``, ``range``, ``null``, ``shape``, ``unknown``,
            ``entity``, ``stale``, ``features``, ``value`` or ``explain``.
        row: position of the row in the frame, counted from 0; None if the error is of all rows.
    """

    def __init__(self, message: str, reason: str, row: int | None = None) -> None:
        """Say what is wrong, and where."""
        super().__init__(message)
        self.reason = reason
        self.row = row


class PlanConflictError(UserError):
    """Another process changed the release plan after it was read; nothing was written."""

    def __init__(self, origin: str) -> None:
        """Name the file or Kubernetes object that holds the plan."""
        super().__init__(f"{origin}: another process has changed the release plan; try again")


class RenamedKeyWarning(FutureWarning):
    """A problem file or a release plan uses the old name of a key; shown as one line."""


def first_fault(error: "ValidationError") -> str:
    """Return the key of a document's first fault, and what is wrong with its value."""
    fault = error.errors()[0]
    return f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
