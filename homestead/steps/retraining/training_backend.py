"""Where runs of retraining are carried out: on this machine, or by Kubeflow Pipelines."""

from dataclasses import dataclass
from typing import Literal, Protocol

from homestead.retraining.cause import Cause
from homestead.retraining.run import RetrainingRun


@dataclass(frozen=True)
class RunEnd:
    """How a run ended.

    Attributes:
        state: "lost" if whatever carried it out is gone before its end.
        reason: as a sentence.
        decision: of one that succeeded: "promote" or "keep".
    """

    state: Literal["succeeded", "failed", "lost"]
    reason: str
    decision: str | None = None


class TrainingBackend(Protocol):
    """Carries out runs.

    Attributes:
        name: as it is recorded with a run.
    """

    name: str

    def submit(self, run: RetrainingRun, causes: list[Cause]) -> str | None:
        """Let a run begin, or adopt it if a run of this id has begun.

        Returns:
            The backend's id of the run; None if the run itself records that it has begun.

        Raises:
            UserError: it is not known whether it begins, or it cannot.
        """

    def poll(self, run: RetrainingRun) -> RunEnd | None:
        """Return how a run ended; None while it goes on.

        Raises:
            UserError: that cannot be asked now.
        """


def describe_causes(causes: list[Cause]) -> str:
    """Return what a run was started for, as the text that its parent run in MLflow gets."""
    return "; ".join(f"{cause.kind} {cause.key}: {cause.summary}" for cause in causes)
