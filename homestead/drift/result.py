"""Result of a drift check, and the document that records it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_serializer

from homestead.drift.calibrated_result import CalibratedDrift

SCHEMA_VERSION: Literal[1] = 1
# Method of a column whose share of missing values changed.
MISSING_SHARE_METHOD = "change of the share of missing values"
UNSEEN_SHARE_METHOD = "change of the share of rare and unseen values"
Verdict = Literal["drift", "no drift", "inconclusive"]
_EXIT_CODES: dict[Verdict, int] = {"no drift": 0, "drift": 3, "inconclusive": 4}


class _FrozenPart(BaseModel):
    # Unknown keys are ignored, so that a report of a later minor version can be read.
    model_config = ConfigDict(frozen=True)


class ColumnDrift(_FrozenPart):
    """Score of one model input, and whether the input drifted.

    Attributes:
        score: a p-value or a distance, depending on the method; None if it cannot be computed.
        method: name of the test or distance.
    """

    name: str
    score: float | None
    method: str
    drifted: bool


@dataclass(frozen=True)
class DriftResult:
    """Outcome of comparing a window of served rows with the training rows.

    Attributes:
        verdict: "inconclusive" if there were too few rows, never "no drift".
        share: drifted columns as a share of all columns, 0 to 1; None if inconclusive.
        threshold: a share above this is drift.
        rows: number of rows in the window, before sampling.
        columns: one entry for each model input, in the model's order; empty if inconclusive.
        html: Evidently's self-contained report; empty if inconclusive.
        calibrated: verdict of the calibrated tests; None if inconclusive, or if the problem file
            turns them off.
    """

    verdict: Verdict
    share: float | None
    threshold: float
    rows: int
    columns: tuple[ColumnDrift, ...] = ()
    html: str = ""
    calibrated: CalibratedDrift | None = None

    @property
    def drifted_columns(self) -> tuple[str, ...]:
        """Names of the drifted columns, in the model's order."""
        return tuple(column.name for column in self.columns if column.drifted)

    @property
    def exit_code(self) -> int:
        """Exit code of ``homestead drift``."""
        return _EXIT_CODES[self.verdict]


class DriftReport(_FrozenPart):
    """Record of one drift check: the file ``drift.json``.

    Attributes:
        schema_version: files of the first releases have no such key and are version 1.
        problem: name of the problem.
        version: registered version of the champion whose training rows were compared.
        at: time of the check, UTC.

    The other attributes are those of :class:`DriftResult`.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    problem: str
    version: str
    verdict: Verdict
    share: float | None
    threshold: float
    rows: int
    columns: tuple[ColumnDrift, ...]
    at: datetime
    # Not in files of earlier versions.
    calibrated: CalibratedDrift | None = Field(None, exclude_if=lambda drift: drift is None)

    @classmethod
    def from_result(cls, result: DriftResult, problem: str, version: str, at: datetime) -> Self:
        """Return the record of a result."""
        return cls(
            problem=problem,
            version=version,
            verdict=result.verdict,
            share=result.share,
            threshold=result.threshold,
            rows=result.rows,
            columns=result.columns,
            at=at,
            calibrated=result.calibrated,
        )

    @field_serializer("at")
    def _iso_format(self, at: datetime) -> str:
        return at.isoformat()  # +00:00 as in earlier reports, where pydantic writes Z
