"""Ingest: check the source's rows, and describe them in a data sheet."""

from collections.abc import Callable
from pathlib import Path

from homestead.data.ingest import ingest
from homestead.data.labelled.logged_rows import read_logged
from homestead.data.labelled.training_rows import labelled_rows_at_their_time, with_labelled
from homestead.data.tables import write_parquet
from homestead.data.training_needs import require_trainable
from homestead.errors import UserError
from homestead.files import read_uri, write_text
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
    rows = ingest(problem)
    if rows.data_hash != data_hash:
        raise UserError(
            f"{source_place(problem.source)}: found SHA-256 {rows.data_hash[:12]}, at the start of"
            f" the run it was {data_hash[:12]}: the table was replaced meanwhile; start another run"
        )
    report(str(rows))
    place = f"file_{rows.quarantine.index.name}"
    trained, bad_rows = rows.valid, rows.quarantine.to_csv(index_label=place)
    if labelled:
        added = labelled_rows_at_their_time(read_logged(read_uri(labelled)), trained, problem)
        report(str(added))
        trained = with_labelled(trained, added.valid, problem)
        bad_rows += added.quarantine[rows.quarantine.columns].to_csv(header=False)
    require_trainable(trained, problem)
    write_parquet(trained, valid)
    write_text(quarantine, bad_rows)
    write_text(data_sheet, data_sheet_html(problem, rows, rows.data_hash, rows.source))
