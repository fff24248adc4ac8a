"""Join the features point-in-time and split the rows by time."""

from kfp.dsl import Dataset, Input, Output

from components.image import component


@component
def training_set(
    problem: str, valid: Input[Dataset], views: Input[Dataset], dataset: Output[Dataset]
) -> None:
    """The table that candidates are trained and judged on, with its column ``split``."""
    from pathlib import Path

    import pandas as pd

    from homestead.features import offline
    from homestead.problem import parse_problem
    from homestead.steps import step
    from homestead.tables import write_parquet

    with step("training_set") as say:
        parsed = parse_problem(problem)
        joined = offline.training_set(pd.read_parquet(valid.path), Path(views.path), parsed)
        write_parquet(joined, Path(dataset.path))
        counts = joined["split"].value_counts()
        say(
            ", ".join(
                f"{split} {counts.get(split, 0)}" for split in ("train", "validation", "holdout")
            )
        )
