"""Evidence on a challenger: what happened to the requests of a release."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Side = Literal["champion", "challenger"]
FailureKind = Literal["error", "timeout", "refused", "not_finite", "out_of_range"]


@dataclass(frozen=True)
class OneSidedFailure:
    """A subject whose request one model failed on, and the other did not.

    Attributes:
        subject: hash of whom the requests are about; one outcome counts for each at
            each share.
        at: time of the request, seconds since 1970.
        side: the model that failed.
        challenger_share: probability that it is the challenger if both fail equally often: the
            share of subjects that it answers, or one half where both predicted the request.
    """

    subject: str
    at: float
    side: Side
    kind: FailureKind
    challenger_share: float


@dataclass(frozen=True)
class PairedPrediction:
    """Both models' predictions for one row of a request.

    A row whose ground truth comes later is given twice: without it where the predictions became
    known, and again with it where that became known. So late truth is appended as well, and what
    was judged before stays as it was.

    Attributes:
        id: of the answered prediction, with the row's number.
        subject: hash of whom the row is about.
        at: time of the request, seconds since 1970.
        champion, challenger: predicted values; for a classification, the probabilities of the
            labels.
        champion_label, challenger_label: predicted classes; None for a regression.
        truth, truth_label: the ground truth, None while it is unknown.
        slices: the row's slice by column.
    """

    id: str
    subject: str
    at: float
    champion: float
    challenger: float
    champion_label: str | None = None
    challenger_label: str | None = None
    truth: float | None = None
    truth_label: str | None = None
    slices: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Latency:
    """Time from a request's arrival to its answer, by the model that answered."""

    subject: str
    at: float
    side: Side
    seconds: float


@dataclass(frozen=True)
class Evidence:
    """All that is known of a release's requests, in the order in which it became known.

    Evidence of all steps with this challenger counts together, so that the error level is spent
    once in a release; another challenger starts with none.

    Attributes:
        challenger_requests, champion_requests: answered requests of the current step. Of a
            challenger in the shadow, those that it predicted.
    """

    failures: tuple[OneSidedFailure, ...] = ()
    pairs: tuple[PairedPrediction, ...] = ()
    latencies: tuple[Latency, ...] = ()
    challenger_requests: int = 0
    champion_requests: int = 0
