"""Results of replays: rows, parts of one model file, and the summary of a window."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from homestead.model.onnx_model import Model
from homestead.prediction_log.history.logged_inputs import LoggedInputs

if TYPE_CHECKING:
    import pandas as pd

# Rows that a summary names one by one.
MAX_NAMED_ROWS = 100


@dataclass(frozen=True)
class Contribution:
    """What one feature adds to a prediction.

    Attributes:
        value: what the model read, None if missing.
        size: in the unit of the prediction; of a class, to its probability.
    """

    feature: str
    value: float | None
    size: float


@dataclass(frozen=True)
class Explanation:
    """Why a model answered what it did.

    Attributes:
        base: prediction without knowledge of any feature.
        contributions: the largest first; with the base they add up to the prediction.
    """

    base: float
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True)
class ReplayedRow:
    """A logged row, and what the stored model predicts for it now.

    Attributes:
        at: when it was predicted, seconds since 1970.
        entity: its key as the log holds it.
        logged, logged_label: the answer in the log.
        replayed, replayed_label: the answer now; None if it cannot be replayed.
        reason: why it cannot be replayed; '' if it is.
        explanation: None if it was not asked for, or the model's file has no data for one.
    """

    prediction_id: str
    row: int
    version: str
    digest: str
    at: float
    entity: str | None
    logged: float | None
    logged_label: str | None
    replayed: float | None
    replayed_label: str | None
    reason: str = ""
    explanation: Explanation | None = None

    @property
    def is_identical(self) -> bool:
        """Whether the replay gave the bits of the log."""
        return (
            not self.reason
            and self.replayed == self.logged
            and self.replayed_label == self.logged_label
        )


@dataclass
class ReplaySummary:
    """Outcome of the replay of a window.

    Attributes:
        identical, different, skipped: rows by model version.
        differences: the first rows whose replay differs.
        reasons: why rows could not be replayed, with their number.
    """

    identical: dict[str, int] = field(default_factory=dict)
    different: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    differences: list[ReplayedRow] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Number of logged rows in the window."""
        counts = (self.identical, self.different, self.skipped)
        return sum(sum(by_version.values()) for by_version in counts)

    @property
    def is_exact(self) -> bool:
        """Whether every row that could be replayed gave the bits of the log."""
        return not self.different


@dataclass(frozen=True)
class ReplayedPart:
    """Logged rows of one model file, replayed together.

    Attributes:
        rows: of the log; the index counts from 0.
        model: None if it cannot be read.
        inputs: None without a model.
        values, labels: what the model answers now, (rows,); NaN and None if not replayed.
        reasons: by row, why it is not replayed; '' if it is.
        differs: (rows,) whether a replayed row differs from the log.
    """

    rows: "pd.DataFrame"
    model: Model | None
    inputs: LoggedInputs | None
    values: np.ndarray
    labels: np.ndarray
    reasons: list[str]
    differs: np.ndarray

    def row(self, position: int, explanation: Explanation | None = None) -> ReplayedRow:
        """Return one row, with the explanation of its answer if there is one."""
        logged, reason = self.rows.iloc[position], self.reasons[position]
        return ReplayedRow(
            prediction_id=logged.prediction_id,
            row=int(logged.row),
            version=logged.version,
            digest=logged.digest,
            at=float(logged["at"]),
            entity=logged.entity,
            logged=finite(logged.prediction),
            logged_label=logged.label,
            replayed=None if reason else finite(self.values[position]),
            replayed_label=self.labels[position],
            reason=reason,
            explanation=explanation,
        )


def finite(value: float | None) -> float | None:
    """Return a number, or None for NaN and infinity, which JSON does not have."""
    return None if value is None or not np.isfinite(value) else float(value)
