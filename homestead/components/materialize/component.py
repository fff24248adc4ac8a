"""Materialize step: update the online store, and log the data's documents."""

from kfp.dsl import HTML, Dataset, Input

from homestead.components.base_image import component


@component
def materialize(
    problem: str,
    run_id: str,
    views: Input[Dataset],
    quarantine: Input[Dataset],
    data_sheet: Input[HTML],
) -> None:
    """Write the views' latest values into the online store; log data sheet and bad rows."""
    from pathlib import Path

    from homestead.components.progress import report_step
    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.steps.materialize import materialize_views

    with report_step("materialize") as report:
        materialize_views(
            parse_problem(problem),
            Settings.read(),
            run_id,
            views=Path(views.path),
            quarantine=Path(quarantine.path),
            data_sheet=Path(data_sheet.path),
            report=report,
        )
