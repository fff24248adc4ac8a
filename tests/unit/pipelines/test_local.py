"""The local runner, with small pipelines that fail or are stopped."""

import json
import os
import signal
from pathlib import Path

import pytest
from kfp import compiler, dsl

from homestead.components.finalize_run.component import finalize_run
from homestead.errors import UserError
from homestead.pipelines import local
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.tracking.runs import open_client


@dsl.component(base_image="python", install_kfp_package=False)  # type: ignore[untyped-decorator]
def failing(problem: str, pipeline_run: str, seed: int) -> None:
    import os
    import sys
    import tempfile
    from pathlib import Path

    from homestead.problem.loader import parse_problem

    source = Path(parse_problem(problem).source)
    where = f"source {source.name} {source.is_absolute()}, short {len(problem) < 500}"
    sys.stdout.write(f"{where}\n")
    where = f"home {os.environ['HOMESTEAD_HOME']}, temporary {tempfile.gettempdir()}"
    where += f", seed {seed}, run {pipeline_run}"
    lines = ["homestead> ingest: started", where, "homestead! ingest: no rows"]
    sys.stdout.write("\n".join(lines) + "\n")
    raise SystemExit(1)


@pytest.fixture
def failing_pipeline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "failing.yaml"

    # A pipeline with a component's name is loaded as that component, without its arguments.
    @dsl.pipeline(name="one-step")  # type: ignore[untyped-decorator]
    def pipeline(problem: str, seed: int, cause: str) -> None:
        failing(problem=problem, pipeline_run=dsl.PIPELINE_JOB_ID_PLACEHOLDER, seed=seed)

    compiler.Compiler().compile(pipeline, str(path))
    monkeypatch.setattr(local, "COMPILED", path)


@pytest.mark.usefixtures("failing_pipeline")
def test_a_failed_run_leaves_its_reason_and_its_log_alone(
    settings: Settings, churn: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMESTEAD_HOME", "elsewhere")
    monkeypatch.delenv("HOMESTEAD_RUNNER_PID", raising=False)
    with pytest.raises(UserError, match=r"^ingest: no rows\nThe whole log: "):
        local.run_local(churn, seed=7, settings=settings)
    (folder,) = (settings.home / "runs").iterdir()
    assert {path.name for path in folder.iterdir()} == {"pipeline.log", "result.json"}
    assert json.loads((folder / "result.json").read_text()) == {
        "decision": "failed",
        "reason": "ingest: no rows",
        "model": "churn",
    }
    assert "source churn.csv True, short True" in (folder / "pipeline.log").read_text()
    log = (folder / "pipeline.log").read_text()
    assert f"home {settings.home}, temporary {folder}/scratch, seed 7, run {folder.name}" in log
    assert os.environ["HOMESTEAD_HOME"] == "elsewhere"
    assert "HOMESTEAD_RUNNER_PID" not in os.environ


@pytest.mark.usefixtures("failing_pipeline")
def test_a_run_removes_what_killed_runs_left(settings: Settings, churn: Problem) -> None:
    killed, running = settings.folder("runs", "killed"), settings.folder("runs", "running")
    for folder, pid in ((killed, 2**22 + 1), (running, os.getpid())):
        (folder / "pid").write_text(str(pid))
        (folder / "artifacts").mkdir()
        (folder / "pipeline.log").touch()
    with pytest.raises(UserError):
        local.run_local(churn, settings=settings)
    assert [path.name for path in killed.iterdir()] == ["pipeline.log"]
    assert (running / "artifacts").exists()


@dsl.component(base_image="python", install_kfp_package=False)  # type: ignore[untyped-decorator]
def stopping() -> None:
    import os
    import signal

    os.kill(int(os.environ["HOMESTEAD_RUNNER_PID"]), signal.SIGTERM)


@dsl.component(base_image="python", install_kfp_package=False)  # type: ignore[untyped-decorator]
def sleeping() -> None:
    import time

    time.sleep(300)


@dsl.component(base_image="python", install_kfp_package=False)  # type: ignore[untyped-decorator]
def starving(problem: str, pipeline_run: str) -> None:
    import os
    import signal

    from homestead.components.progress import report_step
    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.tracking import runs, tags

    with report_step("starving"):
        settings = Settings.read()
        mlflow = runs.open_client(settings)
        parsed = parse_problem(problem)
        runs.start_run(mlflow, settings, parsed, {tags.PIPELINE_RUN: pipeline_run})
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_run_that_is_terminated_between_two_steps_starts_the_last_one_alone(
    settings: Settings, churn: Problem, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    @dsl.pipeline(name="three-steps")  # type: ignore[untyped-decorator]
    def pipeline(problem: str, seed: int, cause: str) -> None:
        end = finalize_run(problem=problem, pipeline_run=dsl.PIPELINE_JOB_ID_PLACEHOLDER)
        with dsl.ExitHandler(end):
            sleeping().after(stopping())

    path = tmp_path / "sleeping.yaml"
    compiler.Compiler().compile(pipeline, str(path))
    monkeypatch.setattr(local, "COMPILED", path)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(UserError, match=r"^it was terminated\n"):
        local.run_local(churn, settings=settings)
    (result,) = (settings.home / "runs").glob("*/result.json")
    assert json.loads(result.read_text())["reason"] == "it was terminated"
    assert "homestead> finalize_run: the run failed" in (result.parent / "pipeline.log").read_text()
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_step_that_the_kernel_kills_leaves_a_failed_run_with_that_reason(
    settings: Settings, churn: Problem, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    @dsl.pipeline(name="two-steps")  # type: ignore[untyped-decorator]
    def pipeline(problem: str, seed: int, cause: str) -> None:
        run = dsl.PIPELINE_JOB_ID_PLACEHOLDER
        with dsl.ExitHandler(finalize_run(problem=problem, pipeline_run=run)):
            starving(problem=problem, pipeline_run=run)

    path = tmp_path / "starving.yaml"
    compiler.Compiler().compile(pipeline, str(path))
    monkeypatch.setattr(local, "COMPILED", path)
    reason = "starving: was killed, as a process is that exceeds its memory limit"
    with pytest.raises(UserError, match=f"^{reason}\n"):
        local.run_local(churn, settings=settings)
    client = open_client(settings)
    experiment = client.get_experiment_by_name("churn")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.status == "FAILED"
    assert run.data.tags["homestead.reason"] == reason
    assert run.data.tags["mlflow.note.content"] == reason
