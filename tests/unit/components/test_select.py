"""Select component: candidates as child runs, and the best one's file."""

import json
from pathlib import Path

import pytest
from kfp import dsl

from homestead.components.select.component import select
from homestead.training.candidate_summary import SelectedCandidate
from tests.components import TrainedHome, import_artifact, read_outputs, run_pipeline


def test_the_function_logs_and_copies_the_only_candidate(home: TrainedHome) -> None:
    selected = SelectedCandidate.from_json(home.parameter("select"))
    assert selected.all_candidates == {"logistic": selected.validation["log_loss"]}
    winner = home.artifact("select", "winner").read_bytes()
    assert winner == home.artifact("train", "model").read_bytes()
    child = home.client().get_run(selected.run_id)
    assert child.data.tags["mlflow.parentRunId"] == home.run_id
    assert child.data.tags["homestead.data_hash"] == home.parameter("open_run", "data_hash")
    assert child.data.metrics["validation_log_loss"] == selected.validation["log_loss"]
    assert child.data.params["C"] == "0.1"


def test_a_training_from_the_cache_is_logged_in_the_run_that_uses_it(
    home: TrainedHome, tmp_path: Path
) -> None:
    mlflow = home.client()
    later = mlflow.create_run(mlflow.get_run(home.run_id).info.experiment_id).info.run_id
    uris = {name: str(home.artifact("train", name)) for name in ("model", "result")}
    data_hash = home.parameter("open_run", "data_hash")

    @dsl.pipeline(name="collected")  # type: ignore[untyped-decorator]
    def collected() -> None:
        with dsl.ParallelFor([uris["model"]]) as uri:
            model = import_artifact(uri, "system.Model@0.0.1")
        with dsl.ParallelFor([uris["result"]]) as uri:
            result = import_artifact(uri, "system.Artifact@0.0.1")
        select(
            problem=home.problem,
            run_id=later,
            data_hash=data_hash,
            seed=0,
            results=dsl.Collected(result),
            models=dsl.Collected(model),
        )

    run_pipeline(collected, tmp_path / "runs")
    outputs = read_outputs(select, tmp_path / "runs")
    selected = SelectedCandidate.from_json(outputs.parameters["Output"])
    assert mlflow.get_run(selected.run_id).data.tags["mlflow.parentRunId"] == later
    assert selected.run_id != SelectedCandidate.from_json(home.parameter("select")).run_id
    assert outputs.artifacts["winner"].read_bytes() == Path(uris["model"]).read_bytes()


def test_a_result_without_its_model_is_refused(
    home: TrainedHome, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = json.loads(home.artifact("train", "result").read_text())
    path = tmp_path / "result.json"
    path.write_text(json.dumps({**result, "digest": "0" * 64}))
    run = [home.run_id, home.parameter("open_run", "data_hash"), 0]
    results, models = [home.handle("train", "result", path)], [home.handle("train", "model")]
    winner = home.handle("select", "winner", tmp_path / "winner")
    with pytest.raises(SystemExit):
        select.python_func(home.problem, *run, results, models, winner)
    error = capsys.readouterr().out.splitlines()[-1]
    assert error == "homestead! select: no file of candidate logistic with digest 000000000000"
