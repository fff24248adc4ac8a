"""A deployment with a controlled clock: alerts, reports, two controllers, and faults everywhere."""

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from benchmarks.retraining.backends import SimulatedApi, SimulatedProcesses, Trainings
from benchmarks.retraining.faults import Faults, FaultyRecords, KilledError
from homestead.database.schema_version import METADATA
from homestead.errors import UserError
from homestead.problem.schema import Problem
from homestead.problem.sections.loop.retraining import RetrainingPolicy
from homestead.retraining.alerts import receive_alerts
from homestead.retraining.evidence import Evidence, Finding
from homestead.retraining.tables import CAUSES, DECISIONS, RUNS
from homestead.steps.retraining.controller import RetrainingController

HOUR_S = 3600.0
START = datetime(2026, 3, 28, 12, tzinfo=UTC).timestamp()
COOLDOWN_HOURS = 1.0
FAULT_RATE = 0.1
ALERT = "HomesteadDrift"
_TROUBLED_HOURS, _HARM_HOURS = 3.5, 2
_CHECK_S = 2400.0
# Calm checks until all has ended, at most.
_CALM_CHECKS = 20
_DELAYS_S = (0.0, 5.0, 400.0, 2400.0)


@dataclass(frozen=True)
class Outcome:
    """What one seed led to.

    Attributes:
        backend: where runs were carried out.
        causes: facts that asked for a run and had it.
        withdrawn: facts that ceased to hold before a run could start.
        runs: recorded runs.
        most_causes: largest number of causes of one run.
        deliveries: of alerts, doubles included.
        kills, interleavings: faults.
        faults_found: what is wrong, as sentences; empty if each cause had exactly one run.
    """

    seed: int
    backend: str
    causes: int
    withdrawn: int
    runs: int
    most_causes: int
    deliveries: int
    kills: int
    interleavings: int
    faults_found: tuple[str, ...]


@dataclass(frozen=True)
class _Alert:
    fingerprint: str
    starts_at: float
    resolved_at: float | None

    def message(self, status: str, problem: str) -> bytes:
        """Return a notification in which the alert is beside one that is resolved."""
        entry = {
            "status": status,
            "labels": {"alertname": ALERT, "model": problem},
            "annotations": {"summary": "inputs drifted"},
            "fingerprint": self.fingerprint,
            "startsAt": datetime.fromtimestamp(self.starts_at, UTC).isoformat(),
        }
        other = {**entry, "status": "resolved", "fingerprint": "unrelated"}
        return json.dumps({"status": "firing", "alerts": [entry, other]}).encode()


class Simulation:
    """One seed."""

    def __init__(self, engine: sa.Engine, problem: Problem, seed: int, rate: float) -> None:
        self.rng = random.Random(seed)  # noqa: S311
        self.now = START
        self.faults = Faults(self.rng, rate)
        self.records = FaultyRecords(engine, problem.name, self.faults)
        self.problem = problem
        self.trainings = Trainings(self.faults)
        self.backend: SimulatedApi | SimulatedProcesses
        if self.rng.random() < 0.5:
            self.backend = SimulatedApi(self.trainings, lambda: self.now)
        else:
            self.backend = SimulatedProcesses(self.trainings, self.records, lambda: self.now)
        self.controllers = [self._controller(), self._controller()]
        self.deliveries = 0
        self.harm_from = START + self.rng.uniform(0, _TROUBLED_HOURS) * HOUR_S
        # Reports come each hour, or stay away after the first one.
        self.report_hours = self.rng.choice((1, 100))
        self.alerts = [self._alert(number) for number in range(self.rng.randint(1, 4))]

    def _controller(self) -> RetrainingController:
        return RetrainingController(
            self.problem,
            self.records,
            self.backend,
            open_backend=lambda _: self.backend,
            evidence=self._evidence,
            report=lambda _: None,
            clock=lambda: self.now,
        )

    def _alert(self, number: int) -> _Alert:
        # Several begin in the same second.
        starts_at = START + self.rng.choice((0.3, 0.9, 0.9, 2.0, 2.8)) * HOUR_S
        resolved = (
            starts_at + self.rng.uniform(0.3, 2) * HOUR_S if self.rng.random() < 0.3 else None
        )
        return _Alert(f"f{number}", starts_at, resolved)

    def _evidence(self) -> Evidence:
        """Return a report that finds harm for two hours, from some time on."""
        hours = (self.now - self.harm_from) // HOUR_S
        holds = 0 <= hours < _HARM_HOURS
        report = Finding(
            f"report {hours // self.report_hours:.0f}", "3", holds, "12% worse than promised"
        )
        return Evidence(champion="3", measured_harm=report, confirmed_at=START)

    def _events(self) -> list[tuple[float, str, bytes]]:
        """Return what happens in the troubled hours: deliveries, doubled and out of order."""
        events = []
        for alert in self.alerts:
            for status, at in (("firing", alert.starts_at), ("resolved", alert.resolved_at)):
                if at is not None:
                    message = alert.message(status, self.problem.name)
                    deliveries = range(self.rng.randint(1, 2))
                    delays = [self.rng.choice(_DELAYS_S) for _ in deliveries]
                    events += [(at + delay, "alert", message) for delay in delays]
        end = START + _TROUBLED_HOURS * HOUR_S
        for number in range(len(self.controllers)):
            at = START + self.rng.uniform(0, _CHECK_S)
            while at < end:
                events.append((at, "check", bytes([number])))
                at += self.rng.uniform(0.5, 1.5) * _CHECK_S
        return sorted(events)

    def run(self) -> Outcome:
        """Let the troubled hours pass, then calm ones in which all comes to an end."""
        for at, kind, content in self._events():
            self.now = at
            self.backend.act()
            if kind == "alert":
                self._deliver(content)
            else:
                self._check(content[0])
        self.faults.rate = 0.0
        for _ in range(_CALM_CHECKS):
            self.now += HOUR_S / 2
            self.backend.act()
            self._check(0)
            if self._is_quiet():
                break
        return self._outcome()

    def _is_quiet(self) -> bool:
        """Return whether nothing more can happen."""
        state = self.records.state()
        harm_is_over = self.now > self.harm_from + _HARM_HOURS * HOUR_S
        has_ended = state.newest_run is None or state.newest_run.has_ended
        return harm_is_over and has_ended and not state.causes

    def _check(self, number: int) -> None:
        other = 1 - number
        self.faults.interleave = lambda: self._try_check(other)
        try:
            self._try_check(number)
        except KilledError:
            self.controllers[number] = self._controller()

    def _try_check(self, number: int) -> None:
        # A request or an answer was lost: the next check goes on.
        with suppress(UserError):
            self.controllers[number].check()

    def _deliver(self, message: bytes) -> None:
        """Deliver a notification until it is answered, as Alertmanager does."""
        self.faults.interleave = lambda: self._try_check(0)
        while True:
            self.deliveries += 1
            try:
                receive_alerts(message, self.problem, self.records, self.now)
                return
            except KilledError:
                continue

    def _outcome(self) -> Outcome:
        with self.records.engine.connect() as connection:
            causes = connection.execute(
                sa.select(CAUSES).where(CAUSES.c.problem == self.problem.name)
            ).all()
            runs = connection.execute(
                sa.select(RUNS).where(RUNS.c.problem == self.problem.name).order_by(RUNS.c.number)
            ).all()
        return Outcome(
            seed=0,
            backend=self.backend.name,
            causes=sum(cause.state == "assigned" for cause in causes),
            withdrawn=sum(cause.state == "withdrawn" for cause in causes),
            runs=len(runs),
            most_causes=max((sum(c.run == r.id for c in causes) for r in runs), default=0),
            deliveries=self.deliveries,
            kills=self.faults.kills,
            interleavings=self.faults.interleavings,
            faults_found=tuple(self._wrong(causes, runs)),
        )

    def _wrong(self, causes: Sequence[sa.Row[Any]], runs: Sequence[sa.Row[Any]]) -> Iterator[str]:
        recorded = {run.id for run in runs}
        for cause in causes:
            if cause.state == "open":
                yield f"cause {cause.key} has no run"
            if cause.state == "assigned" and cause.run not in recorded:
                yield f"cause {cause.key} has a run that does not exist"
        by_fingerprint = {cause.key.split("/")[1]: cause for cause in causes if "/" in cause.key}
        for alert in self.alerts:
            found = by_fingerprint.get(alert.fingerprint)
            if found is None or (alert.resolved_at is None and found.state != "assigned"):
                yield f"alert {alert.fingerprint} has no run"
        if "unrelated" in by_fingerprint and by_fingerprint["unrelated"].state == "assigned":
            yield "a resolved alert of a firing group has a run"
        for run in runs:
            if run.state not in ("succeeded", "failed"):
                yield f"run {run.number} is {run.state}"
            if isinstance(self.backend, SimulatedApi) and self.trainings.started[run.id] != 1:
                yield f"run {run.number} was trained {self.trainings.started[run.id]} times"
            if run.state == "succeeded" and self.trainings.completed[run.id] != 1:
                yield f"run {run.number} was completed {self.trainings.completed[run.id]} times"
        if self.trainings.started.keys() - recorded:
            yield "a training belongs to no run"
        if self.trainings.most_at_once > 1:
            yield f"{self.trainings.most_at_once} trainings were under way at once"
        for former, later in pairwise(runs):
            if later.started_at < (former.ended_at or later.started_at) + COOLDOWN_HOURS * HOUR_S:
                yield f"run {later.number} started in the cool-down of run {former.number}"


@contextmanager
def memory_database() -> Iterator[sa.Engine]:
    """Open a database of memory with the tables of retraining, for the block."""
    engine = sa.create_engine(
        "sqlite://", poolclass=sa.pool.StaticPool, connect_args={"check_same_thread": False}
    )
    METADATA.create_all(engine, [CAUSES, RUNS, DECISIONS])
    yield engine
    engine.dispose()


def simulate(engine: sa.Engine, problem: Problem, seed: int, rate: float = FAULT_RATE) -> Outcome:
    """Return the outcome of one seed; each has a problem of its own in the database.

    Args:
        problem: its name and policy are replaced.
    """
    policy = RetrainingPolicy(alerts=(ALERT,), cooldown_hours=COOLDOWN_HOURS)
    own = problem.model_copy(update={"name": f"flats_{seed}", "retraining": policy})
    outcome = Simulation(engine, own, seed, rate).run()
    return Outcome(**{**outcome.__dict__, "seed": seed})
