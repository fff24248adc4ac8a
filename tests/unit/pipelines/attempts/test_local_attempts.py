"""Attempts of local runs: what a failure leaves, and which runs can go on."""

import json
import os
from pathlib import Path

import pytest

from homestead.errors import UserError
from homestead.pipelines.attempts import local_attempts
from homestead.pipelines.attempts.local_attempts import NEWEST, RunFolder, resumable_attempt
from homestead.problem.schema import Problem
from homestead.settings import Settings
from tests.conftest import settings_at

DEAD = 2**22 + 1


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_at(tmp_path)


def begin(settings: Settings, problem: Problem, run: str, seed: int = 0) -> RunFolder:
    work = RunFolder(settings, run)
    work.begin(problem, seed, "a cause")
    return work


def fail(settings: Settings, problem: Problem, run: str, seed: int = 0) -> RunFolder:
    work = begin(settings, problem, run, seed)
    (work.finished / "open_run-1").mkdir(parents=True)
    (work.artifacts / "data").mkdir(parents=True)
    work.end(succeeded=False)
    return work


def refusal(settings: Settings, problem: Problem, run: str = NEWEST) -> str:
    with pytest.raises(UserError) as refused:
        resumable_attempt(problem, settings, run)
    return str(refused.value)


def test_a_failed_run_goes_on_with_its_seed_and_cause(settings: Settings, churn: Problem) -> None:
    work = fail(settings, churn, "failed", seed=7)
    assert {path.name for path in work.path.iterdir()} == {"finished", "run.json"}
    for name in (NEWEST, "failed"):
        run, attempt = resumable_attempt(churn, settings, name)
        assert (run, attempt.seed, attempt.cause) == ("failed", 7, "a cause")
    # Its next attempt keeps what is finished, and its success leaves nothing.
    again = begin(settings, churn, "failed", seed=7)
    assert (again.finished / "open_run-1").exists()
    again.end(succeeded=True)
    assert not list(again.path.iterdir())


def test_a_run_goes_on_with_the_number_of_workers_that_it_was_started_with(
    settings: Settings, churn: Problem
) -> None:
    """Its trainings would be another model's, beside some that are finished."""
    trees = churn.candidates["logistic"].model_copy(
        update={"estimator": "lightgbm.LGBMClassifier", "parameters": {}}
    )
    problem = churn.model_copy(update={"candidates": {"trees": trees}})
    spark = settings.model_copy(update={"engine": "spark", "boosting_workers": 3})
    fail(spark, problem, "failed")
    assert resumable_attempt(problem, spark, "failed")[1].boosting_workers == 3
    assert "with 3 workers of Spark for a LightGBM candidate, found one process (" in refusal(
        settings, problem
    )
    # Of other candidates nothing follows from it.
    fail(spark, churn, "without")
    assert resumable_attempt(churn, settings, "without")[1].boosting_workers == 0


def test_a_killed_run_can_go_on_too(settings: Settings, churn: Problem) -> None:
    work = begin(settings, churn, "killed")
    (work.finished / "open_run-1").mkdir(parents=True)
    (work.path / "pid").write_text(str(DEAD))
    assert resumable_attempt(churn, settings, NEWEST)[0] == "killed"
    # What the attempt was in the middle of is gone.
    (work.artifacts / "half").mkdir(parents=True)
    again = begin(settings, churn, "killed")
    assert not again.artifacts.exists()
    assert not list(again.scratch.iterdir())
    assert (again.finished / "open_run-1").exists()


def test_a_run_that_still_runs_is_left_alone(settings: Settings, churn: Problem) -> None:
    begin(settings, churn, "running")
    assert f"it still runs, as process {os.getpid()}" in refusal(settings, churn, "running")


def test_a_new_run_removes_what_another_of_its_problem_left(
    settings: Settings, churn: Problem
) -> None:
    other = churn.model_copy(update={"name": "other"})
    fail(settings, churn, "failed")
    kept = fail(settings, other, "others")
    begin(settings, churn, "new").end(succeeded=True)
    assert kept.finished.exists()
    assert "holds no failed run of churn that can go on" in refusal(settings, churn)
    assert "as another run of churn was started" in refusal(settings, churn, "failed")
    assert resumable_attempt(other, settings, NEWEST)[0] == "others"


def test_another_problem_file_is_refused_with_what_differs(
    settings: Settings, churn: Problem
) -> None:
    fail(settings, churn, "failed")
    changed = churn.model_copy(update={"max_bad_row_share": 0.5})
    assert "its problem file was another one: max_bad_row_share differ" in refusal(
        settings, changed
    )


def test_other_code_is_refused(
    settings: Settings, churn: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(settings, churn, "failed")
    monkeypatch.setattr(local_attempts, "code_hash", lambda: "changed")
    assert "Homestead's code or its libraries have changed" in refusal(settings, churn)


def test_runs_that_did_not_fail_or_are_others_are_refused(
    settings: Settings, churn: Problem
) -> None:
    assert "found no such run" in refusal(settings, churn, "missing")
    assert "found no such run" in refusal(settings, churn, "../runs")
    folder = settings.folder("runs", "done")
    (folder / "result.json").write_text(json.dumps({"decision": "keep", "model": "churn"}))
    assert "it has not failed" in refusal(settings, churn, "done")
    (folder / "result.json").write_text(json.dumps({"decision": "failed", "model": "other"}))
    assert "it is a run of other, not of churn" in refusal(settings, churn, "done")


def test_a_run_whose_first_step_failed_leaves_nothing(settings: Settings, churn: Problem) -> None:
    begin(settings, churn, "failed").end(succeeded=False)
    assert not list(settings.folder("runs", "failed").iterdir())
