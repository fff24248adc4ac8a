"""Causes of training runs: facts that ask for a run, each with an id of its own."""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, Self, get_args

from homestead.names import TRAINING_PIPELINE

CauseKind = Literal["measured_harm", "estimated_harm", "drift", "age", "labels", "alert", "request"]
CauseState = Literal["open", "assigned", "withdrawn"]
CAUSE_KINDS: tuple[CauseKind, ...] = get_args(CauseKind)
# What is looked up at each check, and may cease to hold before a run begins.
CONDITIONS: frozenset[CauseKind] = frozenset(
    {"measured_harm", "estimated_harm", "drift", "age", "labels"}
)
_ID_LENGTH = 32


@dataclass(frozen=True)
class Cause:
    """One cause.

    Attributes:
        id: the same for the same fact, whoever sees it and how often.
        problem: name of the problem.
        kind: what the cause is.
        key: names the fact among those of its kind, such as a report's id.
        summary: what was found, as a sentence for people.
        seen_at: when it was first seen, seconds since 1970.
        version: registered version that it is about; None if it is about none.
        state: "open" until a run is started for it, which it is then "assigned" to, or until it is
            "withdrawn" because it no longer holds.
        run: id of the run that was started for it.
    """

    id: str
    problem: str
    kind: CauseKind
    key: str
    summary: str
    seen_at: float
    version: str | None = None
    state: CauseState = "open"
    run: str | None = None

    @classmethod
    def of(
        cls,
        problem: str,
        kind: CauseKind,
        key: str,
        summary: str,
        seen_at: float,
        version: str | None = None,
    ) -> Self:
        """Return an open cause with the id of its fact."""
        names = "\0".join((TRAINING_PIPELINE, problem, kind, key))
        fact = hashlib.sha256(names.encode()).hexdigest()[:_ID_LENGTH]
        return cls(fact, problem, kind, key, summary, seen_at, version)

    def with_state(self, state: CauseState, run: str | None = None) -> Self:
        """Return the cause in another state."""
        return replace(self, state=state, run=run)


def run_id(causes: Iterable[Cause]) -> str:
    """Return the id of the run for some causes, made from the one that was seen first.

    A backend that gets a submission twice so gets the same id twice. The pipeline is part of a
    cause's id, so that runs of two pipelines never share one.
    """
    first = min(causes, key=lambda cause: (cause.seen_at, cause.id))
    return str(uuid.uuid5(uuid.NAMESPACE_OID, first.id))
