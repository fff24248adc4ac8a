"""Read and check the source's rows; begin the run's record."""

from typing import NamedTuple

from kfp.dsl import HTML, Dataset, Output

from homestead.components.image import component


@component
def ingest(
    problem: str,
    pipeline_run: str,
    valid: Output[Dataset],
    quarantine: Output[Dataset],
    data_sheet: Output[HTML],
) -> NamedTuple("Outputs", [("run_id", str), ("data_hash", str)]):  # type: ignore[valid-type]
    """Valid rows, quarantined rows with reasons, a data sheet, and the parent run in MLflow."""
    from pathlib import Path

    from homestead.data import ingest as rows
    from homestead.data.tables import write_parquet
    from homestead.features.feast_objects import definitions_hash
    from homestead.files import write_text
    from homestead.names import DATA_SHEET_FILE, PROBLEM_FILE, QUARANTINE_FILE
    from homestead.problem.loader import parse_problem
    from homestead.reports.data_sheet import data_sheet_html
    from homestead.settings import Settings
    from homestead.steps.progress import report_step
    from homestead.tracking import runs

    with report_step("ingest") as say:
        parsed, settings = parse_problem(problem), Settings.read()
        found = rows.ingest(parsed)
        say(f"{len(found.valid)} valid rows, {len(found.quarantine)} in quarantine")
        write_parquet(found.valid, Path(valid.path))
        write_parquet(found.quarantine.astype(str), Path(quarantine.path))
        sheet = data_sheet_html(parsed, found, found.data_hash, found.source)
        write_text(Path(data_sheet.path), sheet)
        mlflow = runs.open_client(settings)
        tags = {
            "pipeline_run": pipeline_run,
            "problem": parsed.name,
            "data_hash": found.data_hash,
            "source": found.source,
            "commit": runs.current_commit(),
            "features_hash": definitions_hash(parsed),
        }
        run_id = runs.start_run(mlflow, settings, parsed, tags)
        mlflow.log_text(run_id, problem, PROBLEM_FILE)
        mlflow.log_text(run_id, sheet, DATA_SHEET_FILE)
        if len(found.quarantine):
            mlflow.log_text(run_id, found.quarantine.to_csv(index_label="row"), QUARANTINE_FILE)
    return (run_id, found.data_hash)
