"""Ingest step: check the source's rows and start the parent run."""

from typing import NamedTuple

from kfp.dsl import HTML, Dataset, Output

from homestead.components.base_image import component


@component
def ingest(
    problem: str,
    pipeline_run: str,
    valid: Output[Dataset],
    quarantine: Output[Dataset],
    data_sheet: Output[HTML],
) -> NamedTuple("Outputs", [("run_id", str), ("data_hash", str)]):  # type: ignore[valid-type]
    """Write valid rows, quarantined rows with reasons and the data sheet; start the parent run."""
    from pathlib import Path

    from homestead.components.progress import report_step
    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.steps.ingest import ingest_source

    with report_step("ingest") as report:
        run = ingest_source(
            parse_problem(problem),
            Settings.read(),
            pipeline_run,
            valid=Path(valid.path),
            quarantine=Path(quarantine.path),
            data_sheet=Path(data_sheet.path),
            report=report,
        )
    return (run.run_id, run.data_hash)
