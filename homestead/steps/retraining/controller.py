"""Controller of retraining: one idempotent check, that any process may make at any time."""

import os
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from homestead.problem.schema import Problem
from homestead.retraining.cause import run_id
from homestead.retraining.decision import NO_POLICY, Decision, decide
from homestead.retraining.evidence import Evidence, find_causes
from homestead.retraining.records import RetrainingRecords, RunConflictError
from homestead.retraining.run import RetrainingRun
from homestead.steps.retraining.training_backend import TrainingBackend

# Longer than all calls of one submission may take together: whoever submits again after this time
# finds what an earlier submission left.
LEASE_S = 300.0
# A run whose process is killed so often would be killed again.
MAX_ATTEMPTS = 3
# Each try loses only to a check of another controller.
_TRIES = 10


@dataclass(frozen=True)
class Check:
    """Outcome of a check.

    Attributes:
        decision: whether a run was started now, and why.
        run: the newest run; None before the first.
    """

    decision: Decision
    run: RetrainingRun | None


class RetrainingController:
    """What a check works on.

    Args:
        backend: carries out new runs.
        open_backend: returns the backend of this name, of a run that was started elsewhere.
        evidence: reads what is known now.
        report: is told of each change.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        problem: Problem,
        records: RetrainingRecords,
        backend: TrainingBackend,
        *,
        open_backend: Callable[[str], TrainingBackend],
        evidence: Callable[[], Evidence],
        report: Callable[[str], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.problem, self.records, self.backend = problem, records, backend
        self._open_backend, self._evidence = open_backend, evidence
        self._report, self._clock = report, clock
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    def check(self) -> Check:
        """Follow the run that is under way, and start one if something asks for it.

        The run and its causes are written in one transaction before it is submitted, under an id
        that is made from its cause. So killed at any point, or two at once, the next check goes on
        with the same run.

        Raises:
            UserError: something cannot be read, or the run cannot be submitted now.
        """
        for _ in range(_TRIES):
            try:
                return self._check_once()
            except RunConflictError:
                continue
        return self._check_once()

    def _check_once(self) -> Check:
        state = self.records.state()
        if state.newest_run is not None and not state.newest_run.has_ended:
            self._follow(state.newest_run)
            state = self.records.state()
        now = self._clock()
        evidence, policy, name = self._evidence(), self.problem.retraining, self.problem.name
        found = find_causes(evidence, policy or NO_POLICY, name, state.run_count, now)
        state = replace(state, answered=self.records.answered(found))
        decision = decide(evidence, policy, state, name, now)
        if decision.action != "start":
            self.records.record(decision, now)
            return Check(decision, state.newest_run)
        run = RetrainingRun(
            id=run_id(decision.causes),
            problem=self.problem.name,
            number=state.run_count + 1,
            state="starting",
            cause=decision.causes[0].id,
            backend=self.backend.name,
            started_at=now,
            seen_at=now,
            owner=self._owner,
        )
        self.records.start(run, decision)
        self._report(f"run {run.number} starts: {decision.reason}")
        return Check(decision, self._submit(run))

    def _follow(self, run: RetrainingRun) -> RetrainingRun:
        """Submit a run that nobody is submitting; record the end of one that has ended."""
        if run.state == "running":
            return self._record_end(run)
        if self._clock() < run.seen_at + LEASE_S:
            return run  # its submission may be on its way
        claimed = run.changed(owner=self._owner, seen_at=self._clock())
        return self._submit(self.records.replace(claimed))

    def _submit(self, run: RetrainingRun) -> RetrainingRun:
        backend_id = self._backend_of(run).submit(run, self.records.causes_of(run.id))
        if backend_id is None:
            return self.records.run_of_id(run.id) or run
        return self.records.replace(
            run.changed(state="running", run_id=backend_id, seen_at=self._clock(), reason="")
        )

    def _record_end(self, run: RetrainingRun) -> RetrainingRun:
        end = self._backend_of(run).poll(run)
        if end is None:
            return run
        now = self._clock()
        if end.state == "lost" and run.attempt < MAX_ATTEMPTS:
            self._report(f"run {run.number}: {end.reason}; it starts again")
            again = run.changed(
                state="starting",
                attempt=run.attempt + 1,
                owner=self._owner,
                seen_at=now,
                reason=end.reason,
            )
            return self._submit(self.records.replace(again))
        ended = self.records.replace(
            run.changed(
                state="succeeded" if end.state == "succeeded" else "failed",
                ended_at=now,
                decision=end.decision,
                reason=end.reason,
            )
        )
        self._report(f"run {run.number} {ended.state}: {end.reason}")
        return ended

    def _backend_of(self, run: RetrainingRun) -> TrainingBackend:
        is_own = run.backend == self.backend.name
        return self.backend if is_own else self._open_backend(run.backend)
