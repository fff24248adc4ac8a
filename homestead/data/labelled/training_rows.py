"""Rows to train on from labelled predictions: what was known at the time, and what became true.

Table and predictions are files. Predictions pass through the rules in batches, and what needs all
rows (a key's latest row, outcomes that the table has, repeated predictions, the order) the database
does, with spill to disk.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from homestead.data.bad_values import BadGroups, BadValue
from homestead.data.exact_frame import exact_frame
from homestead.data.labelled.judged_rows import JudgedRows, RowJudge
from homestead.data.labelled.logged_rows import read_logged
from homestead.data.labelled.tables_on_disk import LABELLED_COLUMN, LabelledTables
from homestead.engine.limits import connect
from homestead.problem.schema import Problem

__all__ = ["LABELLED_COLUMN", "LabelledRows", "labelled_rows_at_their_time"]
_BATCH_ROWS = 16_384


@dataclass(frozen=True)
class LabelledRows:
    """Labelled predictions, judged by the problem's rules; of use while they are open.

    Attributes:
        rows: number of good ones.
        bad: number of the others.
        in_table: number of rows left out because the table has the outcome of this key and time.
        reasons: a line for each column and rule that bad ones break.
    """

    rows: int
    bad: int
    in_table: int
    reasons: tuple[str, ...]
    _database: "LabelledTables"

    def write_with(self, path: Path) -> None:
        """Write the table's rows and good predictions, marked, in the order of time and key.

        The table as it is, if there are no good predictions.
        """
        self._database.write_rows(path, self.rows)

    def quarantine(self) -> Iterator[pd.DataFrame]:
        """Yield the bad ones in their order, with a column ``reason``, some at a time.

        The index names the predictions.
        """
        yield from self._database.quarantine()

    def __str__(self) -> str:
        """Return the numbers of rows in words, and the reasons of the quarantine."""
        known = f"; {self.in_table} are in the table already" if self.in_table else ""
        counts = f"labelled predictions: {self.rows} rows to train on"
        return "\n".join([f"{counts}, {self.bad} bad{known}", *self.reasons])


@contextmanager
def labelled_rows_at_their_time(
    logged: Path, table: Path, problem: Problem, folder: Path
) -> Iterator[LabelledRows]:
    """Judge labelled predictions as rows of the table.

    A row has the time of its prediction, the outcome as its target, and of other columns what the
    model read; of those that the log does not tell, what the table's latest row of the same key
    held at that time. Of what came later a row has the outcome alone. Memory is bounded by
    HOMESTEAD_MEMORY.

    Args:
        logged: Parquet file of :class:`homestead.data.labelled.logged_rows.LoggedWriter`.
        table: Parquet file of the source's valid rows.
        problem: with a key and a time stamp.
        folder: for files that are of use while the rows are.

    Raises:
        UserError: memory and disk do not suffice.
    """
    with connect(preserve_order=False, purpose="labelled predictions") as connection:
        database = LabelledTables(connection, table, problem, folder)
        judge = RowJudge(problem)
        database.find_earlier(judge.identify(batch) for batch in read_logged(logged, _BATCH_ROWS))
        groups = BadGroups()
        database.keep(_judged(logged, database.earlier(_BATCH_ROWS), judge, groups))
        for found in database.find_repeated():
            groups.add(found.value, found.rank)
        good, bad = database.counts()
        lines = groups.lines(_Places(logged))
        yield LabelledRows(good, bad, database.in_table(), tuple(lines), database)


def _judged(
    logged: Path, earlier: Iterator[pa.Table], judge: RowJudge, groups: BadGroups
) -> Iterator[tuple[pd.DataFrame, np.ndarray, JudgedRows]]:
    """Yield batches of predictions, which of them the table has no outcome of, and their rows."""
    start = 0
    for batch, found in zip(read_logged(logged, _BATCH_ROWS), earlier, strict=True):
        known = found.column("is_known").to_numpy()
        has_row = found.column("has_row").to_numpy()
        judged = judge.judge(batch, exact_frame(found), has_row)
        for ranked in judged.bad:
            value = ranked.value
            if not known[value.row]:
                placed = BadValue(value.row + start, value.column, value.found, value.rule)
                groups.add(placed, ranked.rank)
        yield batch, ~known, judged
        start += len(batch)


class _Places:
    """Names of predictions by their position, of which few are read."""

    name = "prediction"

    def __init__(self, logged: Path) -> None:
        self._logged = logged

    def __getitem__(self, row: int) -> str:
        for batch in read_logged(self._logged, _BATCH_ROWS, ["prediction_id", "row"]):
            if row < len(batch):
                return f"{batch.prediction_id[row]}/{batch.row[row]}"
            row -= len(batch)
        raise IndexError(row)
