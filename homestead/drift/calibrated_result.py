"""Calibrated drift: tests with a known rate of false alarms, and what each of them found."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

ColumnRole = Literal["input", "prediction", "target"]
TestName = Literal["rank", "distribution", "value", "missing"]


class _FrozenPart(BaseModel):
    # Unknown keys are ignored, so that a report of a later minor version can be read.
    model_config = ConfigDict(frozen=True)


class ComparedColumn(_FrozenPart):
    """Test of one column: an input, the model's predictions, or the target.

    Attributes:
        role: inputs are compared with the training rows, predictions and target with the holdout.
        p_value: of the column alone, over all tests made of it; above 0, at most 1.
        adjusted_p_value: after Holm's correction for the number of columns.
        drifted: the adjusted p-value is at most the columns' part of the check's level.
        test: what changed: the ``rank``, the ``distribution``, the share of a ``value`` or the
            share of ``missing`` values; of tests that are about as sure the largest effect.
        effect: size of the change between 0 and 1, whatever the column's unit. Of the rank: how
            much more often a served value is above a reference value than below it (Cliff's
            delta); of the distribution: the largest difference of the cumulative shares; otherwise
            the difference of the shares.
        direction: what happened, in words such as "higher" or "more missing values".
        before: median, or share, of the reference; None if it has no values.
        after: the same of the served rows.
    """

    name: str
    role: ColumnRole
    p_value: float
    adjusted_p_value: float
    drifted: bool
    test: TestName
    effect: float
    direction: str
    before: float | None
    after: float | None

    @property
    def change(self) -> str:
        """The median, or share, before and after, as text."""
        if self.before is None or self.after is None:
            return "not known"
        if self.test == "rank":
            return f"median {_median(self.before)} → {_median(self.after)}"
        return f"share {self.before:.1%} → {self.after:.1%}"


def _median(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


class ClassifierTest(_FrozenPart):
    """Test of all inputs together: can a classifier tell served rows from training rows?

    Attributes:
        p_value: of the scores' ranks under permutation of the rows' origin; above 0, at most 1.
        drifted: the p-value is at most the classifier's part of the check's level.
        auc: probability that a served row has a higher score than a training row, on rows that the
            classifier was not fitted on; 0.5 if they look alike.
        rows: served rows that were scored.
        permutations: how many were drawn; 0 if ``p_value`` is the tail of their distribution.
    """

    p_value: float
    drifted: bool
    auc: float
    rows: int
    permutations: int


class CalibratedDrift(_FrozenPart):
    """Verdict whose false alarms are limited over all checks of a calendar month.

    Attributes:
        verdict: "drift" if ``p_value`` is at most ``level``.
        p_value: of the whole check: twice the smaller one of the classifier's and the smallest
            adjusted one of the columns, at most 1.
        level: probability of a false alarm that this check may spend.
        monthly_level: that of all checks of a calendar month together.
        month: the month in UTC, as 2026-11, whose level was spent, and which an alarm belongs to.
            A check of data that were checked before belongs to the month of its first check.
        spent: the month's spent level, this check included.
        window_hash: SHA-256 of what was compared, in hex; the same for the same data.
        classifier: test of all inputs together.
        columns: one entry for each input, in the model's order.
        prediction: None if the champion's run has no predictions of its holdout, or too few
            predictions of the champion were logged.
        target: None as for ``prediction``, or if too few labels are known.
    """

    verdict: Literal["drift", "no drift"]
    p_value: float
    level: float
    monthly_level: float
    month: str
    spent: float
    window_hash: str
    classifier: ClassifierTest
    columns: tuple[ComparedColumn, ...]
    prediction: ComparedColumn | None = None
    target: ComparedColumn | None = None

    @property
    def compared(self) -> tuple[ComparedColumn, ...]:
        """All columns that were tested: inputs, prediction and target."""
        return (
            *self.columns,
            *(column for column in (self.prediction, self.target) if column is not None),
        )

    @property
    def drifted(self) -> tuple[ComparedColumn, ...]:
        """The columns that drifted, the surest first."""
        drifted = (column for column in self.compared if column.drifted)
        return tuple(sorted(drifted, key=lambda column: column.p_value))
