"""Ingest and training set in one pod, which a cache may serve for the same data."""

from kfp.dsl import HTML, Dataset, Output

from homestead.components.base_image import component


@component
def prepare_data(
    problem: str,
    data_hash: str,
    valid: Output[Dataset],
    quarantine: Output[Dataset],
    data_sheet: Output[HTML],
    views: Output[Dataset],
    dataset: Output[Dataset],
    labelled: str = "",
) -> list[str]:
    """Check the source's rows, join them to their views, and return the tasks that train on them.

    They are the only output parameter, since the local runner cannot loop over a named one.
    """
    from homestead.components.ingest.component import ingest
    from homestead.components.reuse.parts import run_part
    from homestead.components.training_set.component import training_set
    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.training.studies.shards import training_tasks

    tables = {"valid": valid, "quarantine": quarantine, "data_sheet": data_sheet}
    data = {"problem": problem, "data_hash": data_hash, "labelled": labelled}
    run_part(ingest, data, tables, of_data=True)
    joined = {"views": views, "dataset": dataset}
    run_part(training_set, {"problem": problem, "valid": valid}, joined, of_data=True)
    # Not those of the run that prepared the same data.
    return training_tasks(parse_problem(problem), Settings.read().search_shards)
