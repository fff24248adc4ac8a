"""Studies in a database: claims, takeovers, and the first outcome, on sqlite and PostgreSQL."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_engine
from homestead.database.migrations.upgrade import upgrade
from homestead.training.studies.sql_study import SqlStudy, shared_study, worker_name
from homestead.training.studies.study import MemoryStudy, run_trials
from homestead.training.studies.tables import STUDIES, TRIALS
from homestead.training.studies.trial import Outcome, StudyTrial
from tests.conftest import PostgreSQL
from tests.unit.training.studies.test_study import PLAN, run

STUDY = "5" * 64
POINTS = {0: {"x": 0.5}, 1: {"x": 1 / 3}}
FIRST, SECOND = Outcome((), (1.0,)), Outcome((), (2.0,))
ELSEWHERE = "another-host/1/00000000"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database with tables."""
    address = f"sqlite:///{tmp_path / 'log.db'}"
    if request.param == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        address = server.new_database()
    engine = open_engine(address)
    upgrade(engine)
    engine.dispose()
    return address


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    opened = open_engine(url)
    yield opened
    opened.dispose()


def worker(engine: sa.Engine, name: str | None = None, claim_s: float = 60) -> SqlStudy:
    return SqlStudy(engine, STUDY, name or worker_name(), claim_s)


def test_a_batch_that_two_workers_propose_is_added_once(engine: sa.Engine) -> None:
    one, two = worker(engine), worker(engine)
    one.add(POINTS)
    two.add(POINTS)
    assert two.trials() == [StudyTrial(n, point) for n, point in POINTS.items()]


def test_each_trial_is_claimed_by_one_worker(engine: sa.Engine) -> None:
    one, two = worker(engine), worker(engine)
    one.add(POINTS)
    assert [one.claim(range(2)), two.claim(range(2)), one.claim(range(2))] == [0, 1, None]


def test_the_first_outcome_is_kept(engine: sa.Engine) -> None:
    one, two = worker(engine), worker(engine)
    one.add(POINTS)
    two.finish(0, FIRST)
    one.finish(0, SECOND)
    assert one.trials()[0].outcome == FIRST
    assert one.claim(range(1)) is None


def test_a_claim_of_another_machine_expires_unless_it_is_renewed(engine: sa.Engine) -> None:
    far, near = worker(engine, ELSEWHERE, claim_s=0.2), worker(engine)
    far.add(POINTS)
    assert far.claim(range(1)) == 0
    worker(engine, ELSEWHERE, claim_s=60).renew()
    time.sleep(0.3)
    assert near.claim(range(1)) is None
    worker(engine, ELSEWHERE, claim_s=-1).renew()
    assert near.claim(range(1)) == 0


def test_the_claim_of_a_process_that_has_ended_is_taken_over_at_once(engine: sa.Engine) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    dead = worker(engine, f"{socket.gethostname()[:200]}/{process.pid}/00000000")
    dead.add(POINTS)
    assert dead.claim(range(1)) == 0
    assert worker(engine).claim(range(1)) == 0


def test_leaving_a_study_gives_its_trial_back(url: str, engine: sa.Engine) -> None:
    with shared_study(url, STUDY, "flats", "ridge", 2) as study:
        study.add(POINTS)
        assert study.claim(range(1)) == 0
        assert worker(engine).claim(range(1)) is None
    assert worker(engine).claim(range(1)) == 0


def test_a_claim_is_kept_alive_while_its_worker_runs(url: str, engine: sa.Engine) -> None:
    with shared_study(url, STUDY, "flats", "ridge", 2, claim_s=0.4) as study:
        study.add(POINTS)
        study.claim(range(1))
        until = sa.select(TRIALS.c.claimed_until).where(TRIALS.c.number == 0)
        with engine.connect() as connection:
            first: float = connection.execute(until).scalar_one()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with engine.connect() as connection:
                if connection.execute(until).scalar_one() > first:
                    return
            time.sleep(0.05)
    pytest.fail("the claim was not renewed")


def test_studies_that_were_long_left_are_deleted(url: str, engine: sa.Engine) -> None:
    with shared_study(url, STUDY, "flats", "ridge", 2) as study:
        study.add(POINTS)
    with engine.begin() as connection:
        connection.execute(sa.update(STUDIES).values(seen_at=time.time() - 31 * 86400))
    with shared_study(url, "6" * 64, "flats", "ridge", 2):
        pass
    with engine.connect() as connection:
        assert [row.id for row in connection.execute(sa.select(STUDIES))] == ["6" * 64]
        assert connection.scalar(sa.select(sa.func.count()).select_from(TRIALS)) == 0


# Threads stand for workers' processes: warnings that one of them quiets are those of all.
@pytest.mark.filterwarnings("ignore:Argument .* is an experimental feature")
def test_four_workers_end_exactly_the_planned_trials(url: str) -> None:
    ran: list[int] = []

    def slow(trial: StudyTrial, earlier: Sequence[StudyTrial]) -> Outcome:
        ran.append(trial.number)
        time.sleep(0.01 * (trial.number % 3))
        return run(trial, earlier)

    found: list[list[StudyTrial]] = []

    def work() -> None:
        with shared_study(url, STUDY, "flats", "ridge", PLAN.trials) as study:
            found.append(run_trials(PLAN, study, slow))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alone = run_trials(PLAN, MemoryStudy(), run)
    assert found == [alone] * 4
    assert sorted(ran) == list(range(PLAN.trials))


def test_a_point_is_the_same_bit_by_bit_after_the_database(engine: sa.Engine) -> None:
    study = worker(engine)
    study.add(POINTS)
    assert study.trials()[1].point["x"].hex() == (1 / 3).hex()  # type: ignore[union-attr]
    assert json.loads(json.dumps(POINTS[1])) == POINTS[1]
    assert worker_name().split("/")[1] == str(os.getpid())
