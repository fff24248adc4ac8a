"""Train step: search, fit and export one candidate."""

from kfp.dsl import Artifact, Dataset, Input, Metrics, Model, Output

from homestead.components.base_image import component


@component
def train(
    problem: str,
    candidate: str,
    seed: int,
    boosting_workers: int,
    dataset: Input[Dataset],
    model: Output[Model],
    result: Output[Artifact],
    metrics: Output[Metrics],
) -> None:
    """Write the candidate's ONNX file, and a result (JSON) that describes it.

    The number of workers that fit a LightGBM candidate together is an input, since a cache compares
    inputs and sees no settings. Of a candidate with a number, such as ``boosting/2``, only run
    trials of its search.
    """
    from pathlib import Path

    from homestead.components.figures import log_metrics
    from homestead.components.progress import report_step
    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.steps.train import train_and_write_candidate
    from homestead.training.distributed.workers import settings_of_run

    with report_step(f"train {candidate}") as report:
        validation = train_and_write_candidate(
            parse_problem(problem),
            candidate,
            seed,
            settings_of_run(Settings.read(), boosting_workers),
            dataset=Path(dataset.path),
            model=Path(model.path),
            result=Path(result.path),
            report=report,
        )
    log_metrics(metrics, validation)
