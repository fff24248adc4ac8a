"""Training set step: compute the views, join them point-in-time, split the rows by time."""

from kfp.dsl import Dataset, Input, Output

from homestead.components.base_image import component


@component
def training_set(
    problem: str, valid: Input[Dataset], views: Output[Dataset], dataset: Output[Dataset]
) -> list[str]:
    """Write views and training set, and return the tasks that train candidates on it.

    A task is a candidate's name, or with a number if it only runs trials of that one's search. They
    are the only output parameter, since the local runner cannot loop over a named one.
    """
    from pathlib import Path

    from homestead.components.progress import report_step
    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.steps.training_set import build_training_set
    from homestead.training.studies.shards import training_tasks

    with report_step("training_set") as report:
        parsed = parse_problem(problem)
        build_training_set(
            parsed,
            valid=Path(valid.path),
            views=Path(views.path),
            dataset=Path(dataset.path),
            report=report,
        )
    return training_tasks(parsed, Settings.read().search_shards)
