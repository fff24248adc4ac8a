"""Faults of a simulated deployment: processes that are killed, and others that come between."""

import random
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa

from homestead.retraining.cause import Cause
from homestead.retraining.decision import Decision
from homestead.retraining.records import RetrainingRecords
from homestead.retraining.run import RetrainingRun


class KilledError(BaseException):
    """The process is killed here: nothing of it goes on, and nobody handles it."""


class Faults:
    """Decides at each write, and around each request, whether something goes wrong.

    Attributes:
        kills, interleavings: how many there were.
        interleave: what another process does between two writes of this one.
    """

    def __init__(self, rng: random.Random, rate: float) -> None:
        self.rng, self.rate = rng, rate
        self.kills = self.interleavings = 0
        self.interleave: Callable[[], None] = lambda: None
        self._is_inside = False

    def point(self) -> None:
        """Kill the process, let another one act, or do nothing."""
        if self._is_inside or self.rate == 0:
            return
        draw = self.rng.random()
        if draw < self.rate:
            self.kills += 1
            raise KilledError
        if draw < 2 * self.rate:
            self.interleavings += 1
            self._is_inside = True
            try:
                self.interleave()
            finally:
                self._is_inside = False


class FaultyRecords(RetrainingRecords):
    """Records whose writer may be killed before and after each write."""

    def __init__(self, engine: sa.Engine, problem: str, faults: Faults) -> None:
        super().__init__(engine, problem)
        self._faults = faults

    def _around(self, write: Callable[..., Any], *arguments: Any) -> Any:
        self._faults.point()
        result = write(*arguments)
        self._faults.point()
        return result

    def receive(self, firing: Iterable[Cause], resolved: Iterable[Cause]) -> None:
        """Record alerts."""
        self._around(super().receive, firing, resolved)

    def record(self, decision: Decision, at: float) -> None:
        """Record a decision; one without a cause is most of them, and of no account."""
        if decision.causes or decision.withdrawn:
            self._around(super().record, decision, at)
        else:
            super().record(decision, at)

    def start(self, run: RetrainingRun, decision: Decision) -> None:
        """Add a run."""
        self._around(super().start, run, decision)

    def replace(self, run: RetrainingRun) -> RetrainingRun:
        """Replace a run."""
        written: RetrainingRun = self._around(super().replace, run)
        return written
