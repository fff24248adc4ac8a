"""View models: releases."""

from collections.abc import Sequence
from dataclasses import dataclass

from homestead.release.analysis.result import Analysis
from homestead.release.record import ReleaseRecord
from homestead.reports.releases.findings import ReleaseChange


@dataclass(frozen=True)
class EndedRelease:
    """A release that ended, for the list of earlier ones; ``at`` in seconds since 1970."""

    id: str
    version: str
    state: str
    at: float | None
    reason: str
    report: str = ""


@dataclass(frozen=True)
class ReleaseView:
    """The newest release, its events and the evidence for and against the challenger.

    Attributes:
        analysis: of the requests that the controller knows of; None where nothing is compared.
        report: address of its report, '' if none was written.
        waiting: version of a release that waits for this one's end.
    """

    record: ReleaseRecord
    headline: str
    events: Sequence[ReleaseChange]
    analysis: Analysis | None
    report: str = ""
    waiting: str | None = None
    earlier: Sequence[EndedRelease] = ()
