"""Compute the feature views and bring the online store up to date."""

from kfp.dsl import Dataset, Input, Output

from homestead.components.image import component


@component
def materialize(problem: str, valid: Input[Dataset], views: Output[Dataset]) -> None:
    """One Parquet file a view, and the latest values in the online store."""
    from pathlib import Path

    import pandas as pd

    from homestead.features import materialize
    from homestead.features.views import view_tables, write_views
    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.steps.progress import report_step

    with report_step("materialize") as say:
        parsed = parse_problem(problem)
        tables = view_tables(pd.read_parquet(valid.path), parsed)
        write_views(tables, Path(views.path))
        for name, count in materialize.materialize(
            Path(views.path), parsed, Settings.read()
        ).items():
            say(f"{name}: {count} entities online")
