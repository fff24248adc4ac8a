"""Materialize step: compute the feature views and update the online store."""

from kfp.dsl import Dataset, Input, Output

from homestead.components.base_image import component


@component
def materialize(problem: str, valid: Input[Dataset], views: Output[Dataset]) -> None:
    """Write one Parquet file for each view, and the latest values into the online store."""
    from pathlib import Path

    from homestead.components.progress import report_step
    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.steps.materialize import materialize_views

    with report_step("materialize") as report:
        materialize_views(
            parse_problem(problem),
            Settings.read(),
            valid=Path(valid.path),
            views=Path(views.path),
            report=report,
        )
