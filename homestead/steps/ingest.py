"""Ingest: check the source's rows, and describe them in a data sheet."""

from collections.abc import Callable
from pathlib import Path

from homestead.data.ingest import ingest
from homestead.data.tables import write_parquet
from homestead.data.training_needs import require_trainable
from homestead.errors import UserError
from homestead.files import write_text
from homestead.problem.schema import Problem
from homestead.problem.values.source_urls import source_place
from homestead.reports.data_sheet import data_sheet_html


def ingest_source(
    problem: Problem,
    data_hash: str,
    *,
    valid: Path,
    quarantine: Path,
    data_sheet: Path,
    report: Callable[[str], None],
) -> None:
    """Check the source's rows, and write the tables and the data sheet.

    Args:
        data_hash: SHA-256 of the source's bytes that the run was opened for.
        valid: Parquet file to write, the valid rows.
        quarantine: CSV file to write, the bad rows with their place in the file (``file_line`` or
            ``file_row``) and a column ``reason``.
        data_sheet: HTML file to write.

    Raises:
        UserError: the source cannot be read, breaks the problem's rules, lacks what training
            needs, or was replaced since the run was opened.
    """
    rows = ingest(problem)
    if rows.data_hash != data_hash:
        raise UserError(
            f"{source_place(problem.source)}: found SHA-256 {rows.data_hash[:12]}, at the start of"
            f" the run it was {data_hash[:12]}: the table was replaced meanwhile; start another run"
        )
    require_trainable(rows.valid, problem)
    report(str(rows))
    write_parquet(rows.valid, valid)
    place = f"file_{rows.quarantine.index.name}"
    write_text(quarantine, rows.quarantine.to_csv(index_label=place))
    write_text(data_sheet, data_sheet_html(problem, rows, rows.data_hash, rows.source))
