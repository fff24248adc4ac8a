"""Select component: the best candidate's file, whatever the order of the files."""

import hashlib
from pathlib import Path

from kfp import dsl

from homestead.components.select.component import select
from homestead.training.candidate_summary import SelectedCandidate
from tests.components import TrainedHome, import_artifact, read_outputs, run_pipeline
from tests.factories import candidate_summary


def test_the_function_copies_the_only_candidate(home: TrainedHome) -> None:
    selected = SelectedCandidate.from_json(home.parameter("select"))
    assert selected.all_candidates == {"logistic": selected.validation["log_loss"]}
    winner = home.artifact("select", "winner").read_bytes()
    assert winner == home.artifact("train", "model").read_bytes()


def test_the_local_runner_collects_the_candidates_of_a_loop(
    home: TrainedHome, tmp_path: Path
) -> None:
    losses = {"forest": 0.5, "boosting": 0.4}
    summaries = []
    for name, loss in losses.items():
        (tmp_path / name).write_text(name)
        digest = hashlib.sha256(name.encode()).hexdigest()
        summary = candidate_summary(name, digest=digest, validation={"log_loss": loss})
        summaries.append(summary.to_json())

    @dsl.pipeline(name="collected")  # type: ignore[untyped-decorator]
    def collected() -> None:
        with dsl.ParallelFor([str(tmp_path / name) for name in losses]) as uri:
            model = import_artifact(uri, "system.Model@0.0.1")
        select(problem=home.problem, summaries=summaries, models=dsl.Collected(model))

    run_pipeline(collected, tmp_path / "runs")
    outputs = read_outputs(select, tmp_path / "runs")
    assert outputs.artifacts["winner"].read_text() == "boosting"
    assert SelectedCandidate.from_json(outputs.parameters["Output"]).all_candidates == losses
