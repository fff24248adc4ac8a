"""Check of a whole source: batches one by one, then what needs all rows, by the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from homestead.data.bad_values import BadGroups, BadValue
from homestead.data.checking.batches import BATCH_ROWS, SourceTable
from homestead.data.checking.check_batch import BatchCheck, ColumnCount, stored_name
from homestead.data.checking.column_checks import (
    recent_columns,
    require_columns,
    require_types,
)
from homestead.data.checking.engines import FinalRows, LocalChecks
from homestead.data.checking.on_executors.spark_checks import SparkChecks
from homestead.data.checking.store import CheckedStore
from homestead.data.checking.valid_rows import GROUP_ROWS, valid_frame, write_valid
from homestead.data.drop_rules import WITHOUT_TARGET, DroppedRows
from homestead.engine.limits import connect
from homestead.errors import UserError
from homestead.problem.schema import Problem
from homestead.problem.values.source_urls import source_place
from homestead.threads import cpu_limit

REASON_COLUMN = "reason"
# Progress is told each time that as many rows are checked.
_REPORTED_ROWS = 1_000_000
# Rows of the quarantine that are held in memory at once.
_QUARANTINE_ROWS = 50_000


@dataclass(frozen=True)
class RowCounts:
    """Numbers of rows of a source.

    Attributes:
        rows: all.
        valid: those that are left in the end.
        bad: those in quarantine.
        without_target: valid ones without a target.
        dropped: those that the problem's ``drop`` leaves out, by rule.
    """

    rows: int
    valid: int
    bad: int
    without_target: int
    dropped: tuple[DroppedRows, ...]

    def __str__(self) -> str:
        """Return the numbers of valid, bad and dropped rows, in words."""
        unlabelled = f" ({self.without_target} without a target)" if self.without_target else ""
        dropped = "".join(f"; {rows}" for rows in self.dropped)
        return f"{self.valid} valid rows{unlabelled}, {self.bad} bad{dropped}"


class CheckedSource:
    """A source's rows, checked and stored on disk; of use while :func:`check_source` is open.

    Attributes:
        counts: numbers of rows.
        places: each row's place in the source.
        groups: bad values by column and rule.
    """

    def __init__(
        self,
        source: SourceTable,
        problem: Problem,
        counts: RowCounts,
        store: CheckedStore,
        shared: FinalRows,
    ) -> None:
        """Take what the check has found."""
        self.counts, self.places = counts, source.places()
        self.groups: BadGroups = store.groups
        self._source, self._problem, self._store, self._shared = source, problem, store, shared

    def valid_frame(self) -> pd.DataFrame:
        """Return the valid rows, in the order of time, key and place; all in memory."""
        return valid_frame(self._shared.ordered(GROUP_ROWS), self._problem)

    def write_valid(self, path: Path) -> None:
        """Write the valid rows to a Parquet file, in the order of time, key and place."""
        lacks_target = self.counts.without_target > 0
        write_valid(self._shared.ordered(GROUP_ROWS), path, self._problem, lacks_target)

    def list_bad(self, most: int | None = None) -> list[str]:
        """Return a line for each column and rule that bad rows break."""
        return self.groups.lines(self.places, most)

    def bad_values(self) -> list[BadValue]:
        """Return why rows are in quarantine, in the order of the rules; all in memory."""
        return self._store.bad_values()

    def quarantine(self) -> Iterator[pd.DataFrame]:
        """Yield the bad rows as read in their order, with a column ``reason``, some at a time.

        The index holds each row's place. Without bad rows there is one frame without rows.
        """
        pieces = self._raw_rows()
        if not self.counts.bad:
            names = [*self._problem.columns, REASON_COLUMN]
            yield pd.DataFrame(columns=names, index=pd.Index([], name=self.places.name))
        for rows, reasons in self._store.reasons(self._shared.connection, _QUARANTINE_ROWS):
            frame = pieces(rows).assign(**{REASON_COLUMN: reasons})
            yield frame.set_index(self.places.index(rows.tolist()))

    def _raw_rows(self) -> Callable[[np.ndarray], pd.DataFrame]:
        """Return what gives some bad rows as read, by their positions; each call goes on."""
        kept = self._store.kept()
        if kept is not None and len(kept) == self.counts.bad:
            return lambda rows: kept.loc[rows]
        bad = np.sort(self._store.bad_rows)
        read = _read_again(self._source, self._problem, bad)
        waiting: list[pd.DataFrame] = []

        def following(rows: np.ndarray) -> pd.DataFrame:
            while not waiting or waiting[-1].index[-1] < rows[-1]:
                waiting.append(next(read))
            pieces = pd.concat(waiting)
            waiting[:] = [pieces[pieces.index > rows[-1]]]
            if waiting[0].empty:
                waiting.clear()
            return pieces.loc[rows]

        return following


def _read_again(source: SourceTable, problem: Problem, rows: np.ndarray) -> Iterator[pd.DataFrame]:
    """Yield some rows as read, by position.

    Args:
        rows: their positions in order.
    """
    for batch in source.batches(problem.columns):
        first, last = np.searchsorted(rows, [batch.start, batch.start + len(batch)])
        if last > first:
            yield batch.frame(problem.columns, rows[first:last] - batch.start)
            source.require_unchanged()


@contextmanager
def check_source(
    source: SourceTable,
    problem: Problem,
    folder: Path,
    *,
    max_listed: int | None,
    report: Callable[[str], None] = lambda message: None,
    threads: int | None = None,
    batch_rows: int = BATCH_ROWS,
    on_spark: bool = False,
) -> Iterator[CheckedSource]:
    """Split a source's rows into valid and quarantined ones.

    Memory is bounded whatever the number of rows: batches pass through the rules one after the
    other, good rows and bad values go to disk, and what needs all rows the database does with
    spill. Neither threads, executors nor the size of batches change a result.

    Args:
        folder: for files that are of use while this is open.
        max_listed: the number of lines about bad rows in an error; None for all.
        report: takes messages about progress.
        threads: that check batches; as many as the CPU limit if None.
        batch_rows: largest number of rows of a batch.
        on_spark: whether executors of Spark compute, instead of threads; nothing else changes.

    Raises:
        UserError: the table has no rows, a column is missing or wholly of another type, no row is
            valid, more are bad than ``problem.max_bad_row_share`` allows, or a file was changed.
    """
    if source.knows_names:
        require_columns(source, problem)
    checks = SparkChecks(problem) if on_spark else LocalChecks(problem, threads or cpu_limit())
    check = BatchCheck(problem, recent_columns(source, problem, checks.recent_times))
    store, total, without_target = CheckedStore(folder), 0, 0
    columns = {name: ColumnCount() for name in problem.columns}
    batches = source.batches(problem.columns, batch_rows)
    for checked in checks.checked(check, batches):
        store.add(checked)
        if (total + checked.rows) // _REPORTED_ROWS > total // _REPORTED_ROWS:
            report(f"{total + checked.rows:,} rows checked")
        total += checked.rows
        without_target += checked.without_target
        for name, count in checked.columns.items():
            columns[name].add(count)
    store.finish_good()
    source.require_unchanged()
    if not total:
        raise UserError(f"{source_place(problem.source)}: the table has no rows")
    require_columns(source, problem)
    require_types(columns, problem)
    place = source_place(problem.source)
    with connect(spill=folder, preserve_order=False, purpose=f"{place}: ingest") as connection:
        shared = checks.final_rows(store.good, connection, folder / "ordered", report)
        for found in shared.bad_values():
            store.add_bad(found)
        store.finish_bad()
        dropped = (DroppedRows(WITHOUT_TARGET, without_target), shared.dropped)
        target = stored_name(problem, problem.target)
        counts = RowCounts(
            rows=total,
            valid=total - len(store.bad_rows) - sum(rows.count for rows in dropped),
            bad=len(store.bad_rows),
            without_target=shared.count(f"{target} IS NULL"),
            dropped=tuple(rows for rows in dropped if rows.count),
        )
        result = CheckedSource(source, problem, counts, store, shared)
        if not counts.valid or counts.bad / total > problem.max_bad_row_share:
            listed = "\n".join(
                f"  {line}" for line in store.groups.lines(result.places, max_listed)
            )
            raise UserError(
                f"{place}: {counts.bad} of {total} rows are bad, allowed is"
                f" a share of {problem.max_bad_row_share}:\n{listed}"
            )
        yield result
