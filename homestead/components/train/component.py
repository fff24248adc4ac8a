"""Train step: search, fit and export one candidate."""

from kfp.dsl import Dataset, Input, Model, Output

from homestead.components.base_image import component


@component
def train(
    problem: str,
    candidate: str,
    seed: int,
    pipeline_run: str,
    dataset: Input[Dataset],
    model: Output[Model],
) -> str:
    """Write the candidate's ONNX file and return its summary as JSON."""
    from pathlib import Path

    from homestead.components.progress import report_step
    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.steps.train import train_and_log_candidate

    with report_step(f"train {candidate}") as report:
        summary = train_and_log_candidate(
            parse_problem(problem),
            Settings.read(),
            candidate,
            seed,
            pipeline_run,
            dataset=Path(dataset.path),
            model=Path(model.path),
            report=report,
        )
    return summary.to_json()
