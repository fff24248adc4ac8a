"""Select step: log the candidates, and choose the one with the best validation metric."""

from kfp.dsl import Artifact, Input, Model, Output

from homestead.components.base_image import component


@component
def select(
    problem: str,
    run_id: str,
    data_hash: str,
    seed: int,
    results: Input[list[Artifact]],
    models: Input[list[Model]],
    winner: Output[Model],
) -> str:
    """Log each candidate as a child run; write the winner's ONNX file, and return its summary."""
    from pathlib import Path

    from homestead.components.progress import report_step
    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.steps.select import log_and_select_candidate

    with report_step("select") as report:
        selected = log_and_select_candidate(
            parse_problem(problem),
            Settings.read(),
            run_id,
            data_hash,
            seed,
            results=[Path(result.path) for result in results],
            models=[Path(model.path) for model in models],
            winner=Path(winner.path),
            report=report,
        )
    return selected.to_json()
