"""What the page of a release shows besides the release's record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from homestead.evaluation.certificate import Certificate
from homestead.release.analysis.result import Analysis
from homestead.release.evidence import Evidence
from homestead.release.plan import ReleasePlan


@dataclass(frozen=True)
class ReleaseChange:
    """A change of a release's state or step.

    Attributes:
        at: seconds since 1970.
        who: the person who asked for it; None for the controller.
    """

    at: float
    state: str
    step: int
    traffic_share: float
    reason: str
    who: str | None = None


@dataclass(frozen=True)
class PastAnalysis:
    """What the tests said at a time: seconds since 1970."""

    at: float
    analysis: Analysis


class StepRequests(NamedTuple):
    """How many requests of a step each model predicted, answered or not."""

    challenger: int
    champion: int


@dataclass(frozen=True)
class ReleaseFindings:
    """What is known of a release besides its record.

    Attributes:
        changes: in order of time.
        analyses: in order of time; the last one is of all evidence.
        requests: that challenger and champion predicted, by step.
        plan: that servers follow now, None if there is none.
        certificate: of the challenger, None if it cannot be read.
    """

    changes: Sequence[ReleaseChange]
    analyses: Sequence[PastAnalysis]
    evidence: Evidence
    requests: Mapping[int, StepRequests]
    plan: ReleasePlan | None
    certificate: Certificate | None = None
