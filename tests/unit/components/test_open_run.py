"""Open run component: the parent run, and the hash of the data that it is about."""

import hashlib
from pathlib import Path

import pytest

from homestead.components.open_run.component import open_run
from tests.components import PIPELINE_RUN, TrainedHome, run_locally


def test_the_function_starts_the_run_for_the_source_s_bytes(home: TrainedHome) -> None:
    source = Path(home.parsed_problem.source).read_bytes()
    assert home.parameter("open_run", "data_hash") == hashlib.sha256(source).hexdigest()
    run = home.client().get_run(home.run_id)
    assert run.data.tags["homestead.pipeline_run"] == PIPELINE_RUN
    assert run.data.tags["homestead.data_hash"] == home.parameter("open_run", "data_hash")
    assert run.data.tags["homestead.commit"] == "c0ffee"


def test_the_local_runner_gives_the_same_hash(home: TrainedHome, tmp_path: Path) -> None:
    outputs = run_locally(
        open_run, tmp_path, {"problem": home.problem, "pipeline_run": "local", "cause": ""}
    )
    assert outputs.parameters["data_hash"] == home.parameter("open_run", "data_hash")
    assert outputs.parameters["run_id"] != home.run_id


def test_a_plan_that_could_not_be_written_ends_the_run_before_it_starts(
    home: TrainedHome, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOMESTEAD_RELEASE", "elsewhere://")
    with pytest.raises(SystemExit):
        open_run.python_func(home.problem, "refused", "")
    assert "open_run: HOMESTEAD_RELEASE: found" in capsys.readouterr().out.splitlines()[-1]


def test_a_placeholder_in_place_of_the_run_s_id_is_refused(
    home: TrainedHome, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        open_run.python_func(home.problem, "{{$.pipeline_job_uuid}}", "")
    assert "found the placeholder" in capsys.readouterr().out.splitlines()[-1]
