"""Train one candidate."""

from kfp.dsl import Dataset, Input, Model, Output

from components.image import component


@component
def train(
    problem: str,
    candidate: str,
    seed: int,
    run_id: str,
    data_hash: str,
    dataset: Input[Dataset],
    model: Output[Model],
) -> str:
    """The candidate's ONNX file, and a summary as JSON: name, run, digest, validation metrics."""
    import json
    from pathlib import Path

    import pandas as pd

    from homestead import tracking
    from homestead.features.definitions import definitions_hash
    from homestead.files import write_bytes
    from homestead.problem import parse_problem
    from homestead.settings import Settings
    from homestead.steps import step
    from homestead.training import train_candidate

    with step(f"train {candidate}") as say:
        parsed, settings = parse_problem(problem), Settings.read()
        trained = train_candidate(candidate, pd.read_parquet(dataset.path), parsed, seed, say)
        write_bytes(Path(model.path), trained.onnx)
        tags = {
            "problem": parsed.name,
            "data_hash": data_hash,
            "commit": tracking.commit(),
            "features_hash": definitions_hash(parsed),
            "seed": str(seed),
        }
        mlflow = tracking.client(settings)
        summary = tracking.log_candidate(mlflow, run_id, parsed, trained, tags)
    return json.dumps(summary)
