"""Checks of retraining: one run for each cause, whatever is killed, lost, doubled or late."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.retraining.simulation import FAULT_RATE, memory_database, simulate
from homestead.database.engine import open_database
from homestead.errors import UserError
from homestead.problem.schema import Problem
from homestead.problem.sections.loop.retraining import RetrainingPolicy
from homestead.retraining.cause import Cause
from homestead.retraining.evidence import Evidence, Finding
from homestead.retraining.records import RetrainingRecords
from homestead.retraining.run import RetrainingRun
from homestead.retraining.status import read_retraining
from homestead.setting_values import sqlite_url
from homestead.steps.retraining.controller import LEASE_S, MAX_ATTEMPTS, RetrainingController
from homestead.steps.retraining.training_backend import RunEnd
from tests.factories import flats_problem

HARM = Finding("r1", "3", True, "12% worse than promised")
NOW = 1_790_000_000.0
SEEDS = 1000


class Backend:
    """A backend that notes its submissions."""

    name = "local"

    def __init__(self) -> None:
        self.submitted: list[str] = []
        self.refusal = ""
        self.end: RunEnd | None = None

    def submit(self, run: RetrainingRun, causes: list[Cause]) -> str:
        if self.refusal:
            raise UserError(self.refusal)
        self.submitted.append(run.id)
        return f"backend-{run.number}"

    def poll(self, _: RetrainingRun) -> RunEnd | None:
        return self.end


class World:
    """Two controllers of one problem, on one database and backend.

    Attributes:
        now: seconds since 1970.
    """

    def __init__(self, path: Path) -> None:
        self.now = NOW
        self.evidence = Evidence(champion="3", measured_harm=HARM, confirmed_at=NOW)
        self.backend = Backend()
        self.lines: list[str] = []
        self.problem = flats_problem().model_copy(
            update={"retraining": RetrainingPolicy(cooldown_hours=2)}
        )
        self.engine = open_database(sqlite_url(path / "homestead.db"))
        self.records = RetrainingRecords(self.engine, self.problem.name)
        self.first, self.second = self.controller(), self.controller()

    def controller(self) -> RetrainingController:
        return RetrainingController(
            self.problem,
            RetrainingRecords(self.engine, self.problem.name),
            self.backend,
            open_backend=lambda _: self.backend,
            evidence=lambda: self.evidence,
            report=self.lines.append,
            clock=lambda: self.now,
        )

    @property
    def run(self) -> RetrainingRun:
        run = self.records.state().newest_run
        assert run is not None
        return run


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.engine.dispose()


def test_a_cause_starts_one_run_and_its_end_is_recorded(world: World) -> None:
    check = world.first.check()
    assert check.decision.action == "start"
    assert world.backend.submitted == [world.run.id]
    assert (world.run.state, world.run.run_id) == ("running", "backend-1")
    assert world.second.check().decision.code == "no_cause"
    world.backend.end = RunEnd("succeeded", "better than the champion", "promote")
    world.now += 600
    world.first.check()
    assert (world.run.state, world.run.decision) == ("succeeded", "promote")
    assert world.run.ended_at == world.now
    assert world.lines == [
        "run 1 starts: 12% worse than promised",
        "run 1 succeeded: better than the champion",
    ]
    assert len(world.backend.submitted) == 1


def test_a_submission_that_fails_is_made_again_after_the_lease_under_the_same_id(
    world: World,
) -> None:
    world.backend.refusal = "https://pipelines: connection refused"
    with pytest.raises(UserError, match="connection refused"):
        world.first.check()
    assert world.run.state == "starting"
    world.backend.refusal = ""
    # The first request may still be on its way.
    world.second.check()
    assert world.backend.submitted == []
    world.now += LEASE_S
    world.second.check()
    assert world.backend.submitted == [world.run.id]
    assert (world.run.number, world.run.state) == (1, "running")


def test_a_lost_run_starts_again_but_not_for_ever(world: World) -> None:
    world.first.check()
    world.backend.end = RunEnd("lost", "its process ended before the run did")
    for attempt in range(2, MAX_ATTEMPTS + 1):
        world.now += 600
        world.first.check()
        assert (world.run.attempt, world.run.state) == (attempt, "running")
    world.first.check()
    assert world.run.state == "failed"
    assert world.run.reason == "its process ended before the run did"
    assert set(world.backend.submitted) == {world.run.id}


def test_a_run_of_another_backend_is_asked_there(world: World) -> None:
    world.first.check()
    elsewhere = Backend()
    elsewhere.name = "https://pipelines"
    moved = RetrainingController(
        world.problem,
        world.records,
        elsewhere,
        open_backend=lambda name: {"local": world.backend}[name],
        evidence=lambda: world.evidence,
        report=world.lines.append,
        clock=lambda: world.now,
    )
    world.backend.end = RunEnd("failed", "a step failed")
    moved.check()
    assert (world.run.state, world.run.reason) == ("failed", "a step failed")


def test_two_controllers_at_once_start_one_run(world: World) -> None:
    barrier = threading.Barrier(2)

    def check(controller: RetrainingController) -> None:
        barrier.wait()
        controller.check()

    threads = [threading.Thread(target=check, args=(each,)) for each in (world.first, world.second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert world.backend.submitted == [world.run.id]
    decisions = read_retraining(world.engine, world.problem.name).decisions
    assert sum(decision.run is not None for decision in decisions) == 1


def test_a_thousand_seeds_of_kills_doubles_and_delays_give_one_run_for_each_cause() -> None:
    with memory_database() as engine:
        outcomes = [simulate(engine, flats_problem(), seed) for seed in range(SEEDS)]
    wrong = {outcome.seed: outcome.faults_found for outcome in outcomes if outcome.faults_found}
    assert wrong == {}
    # The simulation did what it is for.
    assert sum(outcome.kills for outcome in outcomes) > SEEDS
    assert sum(outcome.interleavings for outcome in outcomes) > SEEDS
    assert sum(outcome.withdrawn for outcome in outcomes) > SEEDS / 2
    assert max(outcome.most_causes for outcome in outcomes) >= 3
    assert {outcome.backend for outcome in outcomes} == {"local", "https://pipelines.example"}
    assert FAULT_RATE > 0


def test_a_problem_without_the_section_trains_only_when_asked(world: World) -> None:
    problem: Problem = world.problem.model_copy(update={"retraining": None})
    controller = RetrainingController(
        problem,
        world.records,
        world.backend,
        open_backend=lambda _: world.backend,
        evidence=lambda: world.evidence,
        report=world.lines.append,
        clock=lambda: world.now,
    )
    assert controller.check().decision.action == "none"
    world.records.add_causes([Cause.of(problem.name, "request", "k", "ana asks: x", NOW)])
    assert controller.check().decision.action == "start"
