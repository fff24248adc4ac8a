"""View models: drift."""

from collections.abc import Sequence
from dataclasses import dataclass

from homestead.database.drift_reports import DriftReportRow
from homestead.drift.calibrated_result import CalibratedDrift
from homestead.ui.views.box import Link


@dataclass(frozen=True)
class DriftPoint:
    """An earlier report's share; ``at`` in seconds since 1970."""

    at: float
    share: float | None
    verdict: str
    rows: int


@dataclass(frozen=True)
class DriftView:
    """The newest drift report, and the shares of earlier ones in order of time.

    Attributes:
        calibrated: the verdict whose false alarms are limited; None if the report has none.
    """

    newest: DriftReportRow
    history: Sequence[DriftPoint]
    links: Sequence[Link] = ()
    calibrated: CalibratedDrift | None = None
