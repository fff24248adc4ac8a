"""Result of a drift check."""

from dataclasses import dataclass
from typing import Literal, TypedDict

Verdict = Literal["drift", "no drift", "inconclusive"]
EXIT_CODES: dict[Verdict, int] = {"no drift": 0, "drift": 3, "inconclusive": 4}


class ColumnDrift(TypedDict):
    """One model input: its score, the method that gave it, and whether it drifted.

    The score is a p-value or a distance, as the method says; None where it can't be computed.
    """

    name: str
    score: float | None
    method: str
    drifted: bool


@dataclass(frozen=True)
class DriftResult:
    """What a comparison found.

    Attributes:
        verdict: "inconclusive" where there were too few rows, never "no drift".
        share: drifted columns of all columns, 0 to 1; None when inconclusive.
        threshold: a share above this is drift.
        rows: rows of the window.
        columns: one entry for each model input, in the model's order; empty when inconclusive.
        html: Evidently's report, self-contained; empty when inconclusive.
    """

    verdict: Verdict
    share: float | None
    threshold: float
    rows: int
    columns: list[ColumnDrift]
    html: str

    @property
    def exit_code(self) -> int:
        """The exit code of ``homestead drift``."""
        return EXIT_CODES[self.verdict]
