"""Exit handler: the run's outcome is recorded, whatever happened before."""

from pathlib import Path

import pytest
from kfp import dsl
from sqlalchemy import create_engine

from homestead.components.finalize_run.component import finalize_run
from homestead.components.gate.component import gate
from homestead.components.release.component import release
from homestead.database.job_runs import latest_job_runs
from homestead.errors import UserError
from homestead.settings import Settings
from homestead.steps.finalize_run import record_outcome
from homestead.tracking.runs import start_run
from homestead.tracking.tags import PIPELINE_RUN
from tests.components import TrainedHome, import_artifact, run_pipeline
from tests.conftest import settings_at
from tests.factories import certificate


def newest_outcome(home: Path) -> str:
    engine = create_engine(settings_at(home).database_url)
    try:
        ended_at = latest_job_runs(engine, "churn")
    finally:
        engine.dispose()
    job, outcome = max(ended_at, key=lambda key: ended_at[key])
    assert job == "training"
    return outcome


@pytest.mark.parametrize(
    ("state", "is_completed", "status", "outcome"),
    [
        ("FAILED", False, "FAILED", "failed"),
        # What Kubeflow says of a run in which a pod was killed, ...
        ("RUNNING", False, "FAILED", "failed"),
        # ... and of one whose training came from the cache.
        ("RUNNING", True, "FINISHED", "succeeded"),
        ("COMPLETE", True, "FINISHED", "succeeded"),
        ("SUCCEEDED", True, "FINISHED", "succeeded"),
    ],
)
def test_the_function_ends_the_parent_run(
    home: TrainedHome, state: str, is_completed: bool, status: str, outcome: str
) -> None:
    mlflow, settings = home.client(), settings_at(home.home)
    pipeline_run = f"{state}-{is_completed}"
    run_id = start_run(mlflow, settings, home.parsed_problem, {PIPELINE_RUN: pipeline_run})
    if is_completed:
        release.python_func(home.problem, run_id, False)
    final = dsl.PipelineTaskFinalStatus(
        state=state,
        pipeline_job_resource_name=pipeline_run,
        pipeline_task_name="training",
        error_code=None,
        error_message=None,
    )
    finalize_run.python_func(home.problem, pipeline_run, final)
    assert mlflow.get_run(run_id).info.status == status
    assert newest_outcome(home.home) == outcome


def test_a_problem_that_cannot_be_read_is_recorded_by_its_name(home: TrainedHome) -> None:
    final = dsl.PipelineTaskFinalStatus(
        state="FAILED",
        pipeline_job_resource_name="later",
        pipeline_task_name="training",
        error_code=None,
        error_message=None,
    )
    of_a_later_version = f"{home.problem}\nkey_of_a_later_version: 1\n"
    finalize_run.python_func(of_a_later_version, "later", final)
    assert newest_outcome(home.home) == "failed"


@pytest.mark.parametrize(
    ("state", "outcome"), [("FAILED", "failed"), ("RUNNING", "failed"), ("COMPLETE", "succeeded")]
)
def test_an_outcome_is_recorded_though_the_parent_run_cannot_be_found(
    settings: Settings, state: str, outcome: str
) -> None:
    with pytest.raises(UserError, match="placeholder"):
        record_outcome("churn", settings, "{{$.id}}", state=state, report=lambda line: None)
    assert newest_outcome(settings.home) == outcome


def test_the_local_runner_records_a_run_that_failed_at_its_start(
    home: TrainedHome, tmp_path: Path
) -> None:
    unreadable = tmp_path / "certificate.json"
    unreadable.write_text(certificate().to_json().replace('"schema_version": 1,', ""))

    @dsl.pipeline(name="failing")  # type: ignore[untyped-decorator]
    def failing() -> None:
        end = finalize_run(problem=home.problem, pipeline_run="none")
        with dsl.ExitHandler(end):
            gate(certificate=import_artifact(str(unreadable), "system.Artifact@0.0.1"))

    with pytest.raises(RuntimeError, match="gate"):
        run_pipeline(failing, tmp_path / "runs")
    assert newest_outcome(home.home) == "failed"
