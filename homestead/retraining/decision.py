"""The rules by which causes become runs: pure, so that each of them can be tested alone."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

from homestead.problem.sections.loop.retraining import RetrainingPolicy
from homestead.retraining.cause import CONDITIONS, Cause, CauseKind
from homestead.retraining.evidence import Evidence, asks_for, find_causes
from homestead.retraining.run import RetrainingRun

Action = Literal["start", "wait", "none"]
Code = Literal["start", "no_cause", "under_way", "cool_down", "release", "withdrawn"]
# Of a problem without the section: only a person's request starts a run.
NO_POLICY = RetrainingPolicy(measured_harm=False)
_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True)
class RetrainingState:
    """What was recorded before.

    Attributes:
        causes: open causes, the first seen first.
        newest_run: None before the first run.
        answered: ids of causes that the evidence still holds, but that have a run or were
            withdrawn.
    """

    causes: tuple[Cause, ...] = ()
    newest_run: RetrainingRun | None = None
    answered: frozenset[str] = frozenset()

    @property
    def run_count(self) -> int:
        """Number of runs so far."""
        return 0 if self.newest_run is None else self.newest_run.number


@dataclass(frozen=True)
class Withdrawal:
    """A cause that no longer holds, and why."""

    cause: Cause
    reason: str


@dataclass(frozen=True)
class Decision:
    """What to do now.

    Attributes:
        action: "start" a run for ``causes``, let them "wait", or "none" without any.
        code: the rule that decided.
        reason: the rule's sentence.
        causes: open causes, those of before and new ones, the first seen first.
        withdrawn: causes of before that no longer hold.
    """

    action: Action
    code: Code
    reason: str
    causes: tuple[Cause, ...] = ()
    withdrawn: tuple[Withdrawal, ...] = ()


def decide(
    evidence: Evidence,
    policy: RetrainingPolicy | None,
    state: RetrainingState,
    problem: str,
    now: float,
) -> Decision:
    """Return whether to start a run now, and why.

    A run answers all causes that are open when it starts. One that comes while a run is under way
    may have been caused by the model before it, so it waits and, if it still holds, starts the
    following run, once for all that came meanwhile. While a release is under way nothing is known
    of the new model's worth yet.

    Args:
        policy: None starts runs only where a person asks for one.
        now: seconds since 1970.
    """
    rules = policy or NO_POLICY
    found = find_causes(evidence, rules, problem, state.run_count, now)
    holding = {(cause.kind, cause.version): cause for cause in found}
    withdrawn = tuple(
        Withdrawal(cause, reason)
        for cause in state.causes
        if (reason := _withdrawal_reason(cause, evidence, rules, holding.keys()))
    )
    gone = {withdrawal.cause.id for withdrawal in withdrawn}
    causes = [cause for cause in state.causes if cause.id not in gone]
    known = {(cause.kind, cause.version) for cause in causes}
    # A later report of what is open already is the same cause.
    causes += [
        cause
        for pair, cause in holding.items()
        if pair not in known and cause.id not in state.answered
    ]
    causes.sort(key=lambda cause: (cause.seen_at, cause.id))
    action, code, reason = _apply_rules(evidence, rules, state, causes, now)
    return Decision(action, code, reason, tuple(causes), withdrawn)


def _apply_rules(
    evidence: Evidence,
    policy: RetrainingPolicy,
    state: RetrainingState,
    causes: list[Cause],
    now: float,
) -> tuple[Action, Code, str]:
    run = state.newest_run
    if not causes:
        return "none", "no_cause", "nothing asks for a training run"
    if run is not None and not run.has_ended:
        return "wait", "under_way", f"run {run.number} is under way; one run follows it"
    if not any(cause.kind == "request" for cause in causes):
        if evidence.release is not None:
            return "wait", "release", f"release {evidence.release} is under way"
        if run is not None and run.ended_at is not None:
            next_s = run.ended_at + policy.cooldown_hours * _SECONDS_PER_HOUR
            if now < next_s:
                left_hours = (next_s - now) / _SECONDS_PER_HOUR
                return (
                    "wait",
                    "cool_down",
                    f"run {run.number} ended {(now - run.ended_at) / _SECONDS_PER_HOUR:.1f} hours"
                    f" ago; the next may start in {left_hours:.1f} hours",
                )
    return "start", "start", "; ".join(cause.summary for cause in causes)


def _withdrawal_reason(
    cause: Cause,
    evidence: Evidence,
    policy: RetrainingPolicy,
    holding: AbstractSet[tuple[CauseKind, str | None]],
) -> str:
    """Return why an open cause no longer holds; '' if it does."""
    if not asks_for(policy, cause.kind, cause.key):
        return "the problem file no longer names such a cause"
    if cause.kind not in CONDITIONS:
        return ""
    if cause.version != evidence.champion:
        return f"version {cause.version} is no longer the champion"
    if cause.kind in ("age", "labels"):
        return "" if (cause.kind, cause.version) in holding else "a training was made since"
    found = evidence.finding(cause.kind)
    # A report that can't tell withdraws nothing.
    if found is None or found.version != cause.version or found.holds is not False:
        return ""
    return f"report {found.report} does not find it any more: {found.reason}"
