"""The compiled pipeline on this machine, with nothing but a problem file."""

import json
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select

from homestead.database.job_runs import latest_job_runs
from homestead.training.studies.tables import TRIALS
from tests.conftest import CHURN, ODD_NAME, settings_at
from tests.pipeline import RUN_TIMEOUT_S, check_registry, start_training

pytestmark = pytest.mark.timeout(3 * RUN_TIMEOUT_S)

SEARCHED = 14
RANGE = "{low: 0.01, high: 10.0, log: true}"


def recorded_runs(home: Path) -> set[tuple[str, str]]:
    """Return the recorded jobs and outcomes, from which servers make their metrics."""
    engine = create_engine(settings_at(home).database_url)
    try:
        return set(latest_job_runs(engine, "churn"))
    finally:
        engine.dispose()


def _problem_with_a_long_search(folder: Path) -> Path:
    """Write the small problem with more trials of one candidate than a list of ten."""
    text = CHURN.read_text(encoding="utf-8")
    text = text.replace("source: churn.csv", f"source: {CHURN.with_suffix('.csv')}")
    text = text.replace("{C: [0.1, 1.0]}, trials: 2", f"{{C: {RANGE}}}, trials: {SEARCHED}")
    assert f"trials: {SEARCHED}" in text
    path = folder / "churn.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _trials(home: Path) -> tuple[int, int]:
    """Return the number of trials in the database, and of the processes that ran them."""
    engine = create_engine(settings_at(home).database_url)
    try:
        with engine.connect() as connection:
            statement = select(func.count(), func.count(TRIALS.c.worker.distinct()))
            trials, workers = connection.execute(statement).one()
            return trials, workers
    finally:
        engine.dispose()


def test_two_runs_promote_once_and_keep_the_champion(tmp_path: Path) -> None:
    home = tmp_path / ODD_NAME
    problem = _problem_with_a_long_search(tmp_path)
    for decision in ("promote", "keep"):
        # The second run with another number of threads, which must change no byte, and without the
        # first one's training. Of the long search it takes the trials.
        if is_first := decision == "promote":
            process = start_training(home, problem, one_core=True, shards=2)
        else:
            process = start_training(home, problem, "--no-cache", threads=2)
        output, _ = process.communicate(timeout=RUN_TIMEOUT_S)
        assert ("logistic/2" in output) == is_first, output
        if is_first:
            # Each trial once, by two tasks of the loop.
            assert _trials(home) == (SEARCHED, 2)
        assert process.returncode == 0, output
        assert f"decision: {decision}" in output
    check_registry(home)
    assert recorded_runs(home) == {("training", "succeeded")}
    results = [json.loads(path.read_text()) for path in home.glob("runs/*/result.json")]
    assert {result["decision"] for result in results} == {"promote", "keep"}
    assert len({result["digest"] for result in results}) == 1
    certificates = [Path(result["reports"]["certificate"]) for result in results]
    assert len({json.loads(path.read_text())["holdout"]["hash"] for path in certificates}) == 1
    for result in results:
        assert result["version"] == "1"
        assert {score["name"] for score in result["candidates"]} == {
            "logistic",
            "forest",
            "boosting",
        }
        assert all(Path(path).exists() for path in result["reports"].values())
        assert (
            result["champion_metrics"]["log_loss"]["value"] < result["baseline_metrics"]["log_loss"]
        )


def test_two_runs_at_once_leave_one_champion(tmp_path: Path) -> None:
    home = tmp_path / "home"
    both = [start_training(home), start_training(home)]
    outputs = [process.communicate(timeout=RUN_TIMEOUT_S)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], "\n".join(outputs)
    check_registry(home)
    results = [json.loads(path.read_text()) for path in home.glob("runs/*/result.json")]
    # The same data and seed give the same file: both name it, whoever registered it.
    assert {(result["version"], result["model"]) for result in results} == {("1", "churn")}
    assert len({result["digest"] for result in results}) == 1


def test_a_failing_step_ends_with_its_own_message(tmp_path: Path) -> None:
    problem = tmp_path / "churn.yaml"
    problem.write_text(CHURN.read_text().replace("source: churn.csv", f"source: {tmp_path}/no.csv"))
    output, _ = (process := start_training(tmp_path / "home", problem)).communicate(
        timeout=RUN_TIMEOUT_S
    )
    assert process.returncode == 1
    assert f"error: open_run: {tmp_path}/no.csv: no such file" in output
    assert "Traceback" not in output
    assert recorded_runs(tmp_path / "home") == {("training", "failed")}
