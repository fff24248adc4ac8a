"""Ingest step: check the source's rows."""

from kfp.dsl import HTML, Dataset, Output

from homestead.components.base_image import component


@component
def ingest(
    problem: str,
    data_hash: str,
    valid: Output[Dataset],
    quarantine: Output[Dataset],
    data_sheet: Output[HTML],
    labelled: str = "",
) -> None:
    """Write valid rows, quarantined rows with reasons, and the data sheet."""
    from pathlib import Path

    from homestead.components.progress import report_step
    from homestead.problem.loader import parse_problem
    from homestead.steps.ingest import ingest_source

    with report_step("ingest") as report:
        ingest_source(
            parse_problem(problem),
            data_hash,
            valid=Path(valid.path),
            quarantine=Path(quarantine.path),
            data_sheet=Path(data_sheet.path),
            report=report,
            labelled=labelled,
        )
