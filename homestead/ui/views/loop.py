"""View models: labels, performance and retraining."""

from collections.abc import Sequence
from dataclasses import dataclass

from homestead.performance.report import PerformanceReport
from homestead.prediction_log.labels.read_labelled import LabelCounts
from homestead.retraining.status import RetrainingStatus
from homestead.ui.views.box import Link


@dataclass(frozen=True)
class LabelMisfit:
    """Labels that count for no prediction, by reason; ``newest`` in seconds since 1970."""

    kind: str
    reason: str
    count: int
    newest: float


@dataclass(frozen=True)
class LabelsView:
    """Labels of the last days.

    Attributes:
        days: how many days the counts are of.
        after_s: how old a prediction must be, in seconds, before its outcome is final.
        newest: when the newest label was received, seconds since 1970; None before the first.
        misfits: the newest kinds of labels that count for no prediction.
    """

    days: int
    after_s: float
    counts: LabelCounts
    newest: float | None
    misfits: Sequence[LabelMisfit] = ()


@dataclass(frozen=True)
class PerformanceView:
    """The newest performance report."""

    report: PerformanceReport
    links: Sequence[Link] = ()


@dataclass(frozen=True)
class RetrainingView:
    """Causes, decisions and runs."""

    status: RetrainingStatus
