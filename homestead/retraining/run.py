"""A training run that was started for causes."""

from dataclasses import dataclass, replace
from typing import Any, Literal, Self

RunState = Literal["starting", "running", "succeeded", "failed"]
END_STATES: frozenset[RunState] = frozenset({"succeeded", "failed"})


@dataclass(frozen=True)
class RetrainingRun:
    """One run, as it is recorded.

    Attributes:
        id: made from its first cause; the pipeline's backend gets it as the run's id, too.
        problem: name of the problem.
        number: 1 for the problem's first run.
        revision: grows with each write, which replaces the revision that it was made from.
        state: "starting" until its backend is known to have it.
        cause: id of the cause that it is named after; there may be more.
        backend: where it runs: "local" or the address of a Kubeflow Pipelines API.
        run_id: the backend's id of it; None until that is known.
        attempt: how often it was started; more than once if its process was killed.
        owner: process that starts it, or runs it here.
        seen_at: when that process last said that it is alive, seconds since 1970.
        started_at: when it was decided, seconds since 1970.
        ended_at: when it ended; None before.
        decision: of a run that succeeded: "promote" or "keep".
        reason: why it is in its state, as a sentence.
    """

    id: str
    problem: str
    number: int
    state: RunState
    cause: str
    backend: str
    started_at: float
    seen_at: float
    revision: int = 0
    run_id: str | None = None
    attempt: int = 1
    owner: str = ""
    ended_at: float | None = None
    decision: str | None = None
    reason: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state in END_STATES

    def changed(self, **changes: Any) -> Self:
        """Return the run with other values of some attributes."""
        return replace(self, **changes)
