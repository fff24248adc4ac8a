"""Searches with helpers: the same model with one worker or two, one of them killed or not."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.errors import UserError
from homestead.files import write_text
from homestead.problem.loader import dump_problem
from homestead.settings import Settings
from homestead.steps.search.shared import SharedHost, helped_host, join_search
from homestead.steps.train import train_and_write_candidate
from homestead.threads import one_thread
from homestead.training.candidate_file import read_candidates
from homestead.training.search import TrainedCandidate, train_candidate
from homestead.training.studies.sql_study import worker_name
from homestead.training.studies.tables import TRIALS
from tests.unit.training.studies.study_problem import BOOSTING, flats, problem_with

SEED = 5
# Trials of some tenths of a second, so that one can be killed in its middle.
PROBLEM = problem_with(one={**BOOSTING, "parameters": {"max_iter": 60, "early_stopping": False}})


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rows") / "dataset.parquet"
    flats().to_parquet(path)
    return path


@pytest.fixture(scope="module")
def alone(dataset: Path) -> TrainedCandidate:
    return train_candidate("one", pd.read_parquet(dataset), PROBLEM, SEED)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def start_worker(dataset: Path, settings: Settings, folder: Path) -> "subprocess.Popen[bytes]":
    text = folder / "problem.yaml"
    write_text(text, dump_problem(PROBLEM))
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "homestead.steps.search.shared",
            str(text),
            "one",
            str(SEED),
            str(dataset),
        ],
        env={**os.environ, **settings.environment(), **one_thread()},
    )


def rows(settings: Settings) -> list[sa.Row[tuple[object, ...]]]:
    engine = open_database(settings.database_url)
    try:
        with engine.connect() as connection:
            return list(connection.execute(sa.select(TRIALS).order_by(TRIALS.c.number)))
    finally:
        engine.dispose()


def kill_in_the_middle(process: "subprocess.Popen[bytes]", settings: Settings) -> None:
    """Kill a worker without a warning while it holds a claim, after its first trial."""
    for _ in range(3000):
        found = [row for row in rows(settings) if f"/{process.pid}/" in str(row.worker)]
        if any(row.outcome for row in found) and any(row.outcome is None for row in found):
            process.send_signal(signal.SIGKILL)
            process.wait()
            return
        assert process.poll() is None
        time.sleep(0.02)
    pytest.fail("the worker claimed nothing")


def assert_exactly_as_planned(settings: Settings) -> None:
    found = rows(settings)
    assert [row.number for row in found] == list(range(14))
    assert all(row.outcome for row in found)


def test_a_killed_search_is_resumed_and_ends_with_exactly_its_trials(
    dataset: Path, settings: Settings, tmp_path: Path, alone: TrainedCandidate
) -> None:
    settings.folder()
    open_database(settings.database_url).connect().close()
    worker = start_worker(dataset, settings, tmp_path)
    kill_in_the_middle(worker, settings)
    before = {row.number: row.outcome for row in rows(settings) if row.outcome}
    assert 0 < len(before) < 14
    host = SharedHost(settings, PROBLEM.name)
    resumed = train_candidate("one", pd.read_parquet(dataset), PROBLEM, SEED, host=host)
    assert_exactly_as_planned(settings)
    # What the killed worker had ended was not run again.
    after = {row.number: (row.worker, row.outcome) for row in rows(settings)}
    assert all(f"/{worker.pid}/" in after[number][0] for number in before)
    assert resumed == alone


def test_two_workers_train_the_same_bytes_though_one_is_killed(
    dataset: Path, settings: Settings, tmp_path: Path, alone: TrainedCandidate
) -> None:
    killed: list[threading.Thread] = []
    lines: list[str] = []

    def start() -> "subprocess.Popen[bytes]":
        process = start_worker(dataset, settings, tmp_path)
        killed.append(threading.Thread(target=kill_in_the_middle, args=(process, settings)))
        killed[-1].start()
        # The search waits until the other one takes part.
        killed[-1].join()
        return process

    host = SharedHost(settings, PROBLEM.name, start, helpers=1, worth_s=0, report=lines.append)
    trained = train_candidate("one", pd.read_parquet(dataset), PROBLEM, SEED, host=host)
    assert len(killed) == 1
    assert lines == ["a process of the search ended by signal 9; others run its trials"]
    assert_exactly_as_planned(settings)
    assert trained == alone


def test_a_task_that_only_helps_ends_with_the_search_and_writes_no_candidate(
    dataset: Path, settings: Settings, tmp_path: Path, alone: TrainedCandidate
) -> None:
    files = {}

    def run(task: str) -> None:
        model, result = tmp_path / f"{task[-1]}.onnx", tmp_path / f"{task[-1]}.json"
        files[task] = (result, model)
        train_and_write_candidate(
            PROBLEM,
            task,
            SEED,
            settings,
            dataset=dataset,
            model=model,
            result=result,
            report=lambda line: None,
        )

    helper = threading.Thread(target=run, args=("one/2",))
    helper.start()
    run("one")
    helper.join()
    results, models = zip(*files.values(), strict=True)
    (read,) = read_candidates(results, models)
    assert read.onnx == alone.onnx
    assert read.trials == alone.trials
    assert read.search == alone.search
    assert_exactly_as_planned(settings)


def test_helpers_are_as_many_as_other_threads_and_start_for_long_searches_alone(
    dataset: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setattr(
        "homestead.steps.search.shared.subprocess.Popen", lambda *a, **k: pytest.fail()
    )
    few = problem_with(
        one={
            "estimator": "sklearn.linear_model.Ridge",
            "search": {"alpha": {"low": 0.1, "high": 9.0}},
            "trials": 3,
        }
    )
    with helped_host(few, "one", 0, dataset, settings, lambda line: None) as host:
        assert host._wanted == 2
        assert train_candidate("one", flats(), few, 0, host=host).params["alpha"] > 0


def test_a_helper_ends_with_its_parent(dataset: Path, settings: Settings) -> None:
    with pytest.raises(SystemExit, match="the process that searches has ended"):
        join_search(PROBLEM, "one", SEED, dataset, settings, lambda line: None, parent=1)


def test_an_error_of_a_trial_is_the_users(dataset: Path, settings: Settings) -> None:
    wrong = problem_with(one={**BOOSTING, "search": {"learning_rate": {"low": -2.0, "high": -1.0}}})
    with pytest.raises(UserError, match=r"candidates\.one: .*learning_rate"):
        join_search(wrong, "one", SEED, dataset, settings, lambda line: None)
    assert worker_name() not in [row.worker for row in rows(settings)]
    assert all(row.worker is None for row in rows(settings))
