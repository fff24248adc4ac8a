"""Score winner and champion on the same holdout, now, and write the certificate."""

from kfp.dsl import HTML, Artifact, Dataset, Input, Model, Output

from homestead.components.image import component


@component
def evaluate(
    problem: str,
    run_id: str,
    data_hash: str,
    summary: str,
    winner: Input[Model],
    dataset: Input[Dataset],
    certificate: Output[Artifact],
    comparison: Output[HTML],
) -> None:
    """The promotion certificate (JSON) and the comparison as a page."""
    import json
    from pathlib import Path

    import pandas as pd

    from homestead.evaluation.gate import dump_certificate
    from homestead.files import write_text
    from homestead.model.onnx_model import read_model
    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.steps import evaluate
    from homestead.steps.progress import report_step
    from homestead.tracking import registry, runs

    with report_step("evaluate") as say:
        parsed, settings = parse_problem(problem), Settings.read()
        mlflow = runs.open_client(settings)
        version = registry.champion(mlflow, parsed.name)
        candidate = json.loads(summary)
        made, page = evaluate.judge_candidate(
            read_model(winner.path, candidate["digest"]),
            read_model(version.uri, version.digest) if version else None,
            version.version if version else None,
            pd.read_parquet(dataset.path),
            parsed,
            data_hash,
        )
        say(f"{made['decision']}: {made['reason']}")
        write_text(Path(certificate.path), dump_certificate(made))
        write_text(Path(comparison.path), page)
        evaluate.log_evaluation(mlflow, run_id, made, candidate, page)
