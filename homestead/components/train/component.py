"""Train one candidate."""

from kfp.dsl import Dataset, Input, Model, Output

from homestead.components.image import component


@component
def train(
    problem: str,
    candidate: str,
    seed: int,
    pipeline_run: str,
    dataset: Input[Dataset],
    model: Output[Model],
) -> str:
    """The candidate's ONNX file, and a summary as JSON: name, run, digest, validation metrics."""
    import json
    from pathlib import Path

    import pandas as pd

    from homestead.features.feast_objects import definitions_hash
    from homestead.files import write_bytes
    from homestead.names import TAG_PREFIX
    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.steps.progress import report_step
    from homestead.tracking import runs
    from homestead.training.search import train_candidate

    with report_step(f"train {candidate}") as say:
        parsed, settings = parse_problem(problem), Settings.read()
        trained = train_candidate(candidate, pd.read_parquet(dataset.path), parsed, seed, say)
        write_bytes(Path(model.path), trained.onnx)
        mlflow = runs.open_client(settings)
        # By name: the local runner gives a loop's tasks no other task's named outputs.
        parent = runs.find_run(mlflow, parsed.name, pipeline_run)
        tags = {
            "problem": parsed.name,
            "data_hash": parent.data.tags[f"{TAG_PREFIX}data_hash"],
            "commit": runs.current_commit(),
            "features_hash": definitions_hash(parsed),
            "seed": str(seed),
        }
        summary = runs.log_candidate(mlflow, parent.info.run_id, parsed, trained, tags)
    return json.dumps(summary)
