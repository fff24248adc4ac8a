"""Select step: choose the candidate with the best validation metric."""

from kfp.dsl import Input, Model, Output

from homestead.components.base_image import component


@component
def select(
    problem: str,
    summaries: list[str],
    models: Input[list[Model]],
    winner: Output[Model],
) -> str:
    """Write the winner's ONNX file and return its summary as JSON."""
    from pathlib import Path

    from homestead.components.progress import report_step
    from homestead.problem.loader import parse_problem
    from homestead.steps.select import select_candidate
    from homestead.training.candidate_summary import CandidateSummary

    with report_step("select") as report:
        selected = select_candidate(
            parse_problem(problem),
            [CandidateSummary.from_json(text) for text in summaries],
            [Path(model.path) for model in models],
            winner=Path(winner.path),
            report=report,
        )
    return selected.to_json()
