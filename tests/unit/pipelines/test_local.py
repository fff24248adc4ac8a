"""The local runner, with a pipeline of one step that fails."""

import json
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from kfp import compiler, dsl

from homestead.errors import UserError
from homestead.pipelines import local
from homestead.problem.schema import Problem
from homestead.settings import Settings


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
    def pipeline(problem: str, seed: int) -> None:
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
def sleeping() -> None:
    import pathlib
    import time

    pathlib.Path("started").touch()
    time.sleep(300)


@dsl.component(base_image="python", install_kfp_package=False)  # type: ignore[untyped-decorator]
def last() -> None:
    import pathlib

    pathlib.Path("recorded").touch()


def test_a_terminated_run_ends_with_its_last_step_and_a_reason(
    settings: Settings, churn: Problem, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    @dsl.pipeline(name="two-steps")  # type: ignore[untyped-decorator]
    def pipeline(problem: str, seed: int) -> None:
        with dsl.ExitHandler(last()):
            sleeping()

    path = tmp_path / "sleeping.yaml"
    compiler.Compiler().compile(pipeline, str(path))
    monkeypatch.setattr(local, "COMPILED", path)
    monkeypatch.chdir(tmp_path)

    def terminate() -> None:
        while not (tmp_path / "started").exists():
            time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=terminate, daemon=True).start()
    with pytest.raises(UserError, match=r"^terminated\n"):
        local.run_local(churn, settings=settings)
    assert (tmp_path / "recorded").exists()
    (result,) = (settings.home / "runs").glob("*/result.json")
    assert json.loads(result.read_text())["reason"] == "terminated"
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
