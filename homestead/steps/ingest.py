"""Ingest: check the source's rows, and describe them in a data sheet."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from homestead.data.checking.check_source import CheckedSource
from homestead.data.checking.stored_rows import StoredRows
from homestead.data.ingest import REASON_COLUMN, WrittenRows, open_checked
from homestead.data.labelled.training_rows import labelled_rows_at_their_time
from homestead.data.training_needs import require_trainable
from homestead.errors import UserError
from homestead.files import atomic_path, read_chunks, write_text
from homestead.names import LABELLED_ROWS_FILE
from homestead.problem.schema import Problem
from homestead.problem.values.source_urls import source_place
from homestead.reports.data.data_sheet import data_sheet_html


def ingest_source(
    problem: Problem,
    data_hash: str,
    *,
    valid: Path,
    quarantine: Path,
    data_sheet: Path,
    report: Callable[[str], None],
    labelled: str = "",
) -> None:
    """Check the source's rows, and write the tables and the data sheet.

    Args:
        data_hash: SHA-256 of the source's bytes that the run was opened for.
        valid: Parquet file to write, the valid rows; labelled predictions among them are marked.
        quarantine: CSV file to write, the bad rows with their place in the file (``file_line`` or
            ``file_row``) and a column ``reason``. The place of a labelled prediction is its id and
            row.
        labelled: URI of the labelled predictions that the run is trained on; '' for none.
        data_sheet: HTML file to write.

    Raises:
        UserError: the source cannot be read, breaks the problem's rules, lacks what training
            needs, or was replaced since the run was opened.
    """
    with open_checked(problem, report=report) as (checked, found_hash):
        if found_hash != data_hash:
            raise UserError(
                f"{source_place(problem.source)}: found SHA-256 {found_hash[:12]}, at the start of"
                f" the run it was {data_hash[:12]}: the table was replaced meanwhile; start another"
                " run"
            )
        report(str(checked.counts))
        with (
            atomic_path(valid) as stored,
            atomic_path(quarantine) as bad_rows,
            tempfile.TemporaryDirectory(prefix="homestead-labelled-") as name,
        ):
            folder = Path(name)
            table = folder / "table.parquet" if labelled else stored
            checked.write_valid(table)
            first_bad = _write_quarantine(checked, bad_rows)
            if labelled:
                _add_labelled(labelled, table, folder, stored, bad_rows, problem, report)
            require_trainable(StoredRows(stored), problem)
            described = WrittenRows(StoredRows(table), first_bad, checked)
            sheet = data_sheet_html(problem, described, data_hash, problem.source)
        write_text(data_sheet, sheet)


def _write_quarantine(checked: CheckedSource, path: Path) -> pd.DataFrame:
    """Write the bad rows to a CSV file, and return the first of them."""
    first: pd.DataFrame | None = None
    with path.open("w", encoding="utf-8", newline="") as file:
        for rows in checked.quarantine():
            is_first = first is None
            rows.to_csv(file, index_label=f"file_{rows.index.name}", header=is_first)
            first = rows if first is None else first
    assert first is not None  # noqa: S101 - there is at least one frame
    return first


def _add_labelled(
    uri: str,
    table: Path,
    folder: Path,
    valid: Path,
    bad_rows: Path,
    problem: Problem,
    report: Callable[[str], None],
) -> None:
    """Write the table with labelled predictions, and add the bad ones to the quarantine.

    Args:
        table: Parquet file of valid rows.
        folder: for files that are of use meanwhile.
        valid: Parquet file to write.
    """
    logged = folder / LABELLED_ROWS_FILE
    with logged.open("wb") as file:
        file.writelines(read_chunks(uri))
    with labelled_rows_at_their_time(logged, table, problem, folder) as added:
        report(str(added))
        added.write_with(valid)
        with bad_rows.open("a", encoding="utf-8", newline="") as texts:
            for rows in added.quarantine():
                rows[[*problem.columns, REASON_COLUMN]].to_csv(texts, header=False)
