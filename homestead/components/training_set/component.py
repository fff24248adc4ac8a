"""Join the features point-in-time and split the rows by time."""

from kfp.dsl import Dataset, Input, Output

from homestead.components.image import component


@component
def training_set(
    problem: str, valid: Input[Dataset], views: Input[Dataset], dataset: Output[Dataset]
) -> list:
    """The table with its column ``split``, and the names of the candidates to train on it.

    The names are the only output, since the local runner can loop over no named one.
    """
    from pathlib import Path

    import pandas as pd

    from homestead.data.tables import write_parquet
    from homestead.features import training_set
    from homestead.problem.loader import parse_problem
    from homestead.steps.progress import report_step

    with report_step("training_set") as say:
        parsed = parse_problem(problem)
        joined = training_set.training_set(pd.read_parquet(valid.path), Path(views.path), parsed)
        write_parquet(joined, Path(dataset.path))
        counts = joined["split"].value_counts()
        say(
            ", ".join(
                f"{split} {counts.get(split, 0)}" for split in ("train", "validation", "holdout")
            )
        )
    return list(parsed.candidates)
