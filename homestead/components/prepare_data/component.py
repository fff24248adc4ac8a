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
    """Check the source's rows, join them to their views, and return the candidates' names.

    The names are the only output parameter, since the local runner cannot loop over a named one.
    """
    from homestead.components.ingest.component import ingest
    from homestead.components.training_set.component import training_set

    ingest.python_func(problem, data_hash, valid, quarantine, data_sheet, labelled)
    candidates: list[str] = training_set.python_func(problem, valid, views, dataset)
    return candidates
