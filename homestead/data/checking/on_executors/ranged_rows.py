"""Duplicates and order of all rows, found by executors; the driver reads the results in order."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from homestead.data.checking.check_batch import RankedValue, stored_name
from homestead.data.checking.on_executors.ranges import left_batches, range_job
from homestead.data.checking.shared_rows import FATE, Fate, bad_values
from homestead.data.checking.store import tables_of
from homestead.data.drop_rules import DroppedRows, duplicates_reason
from homestead.engine.run import run_buckets
from homestead.problem.schema import Problem

if TYPE_CHECKING:
    import duckdb


class RangedRows:
    """The good rows without those that repeat or contradict others, computed range by range.

    It gives what :class:`homestead.data.checking.shared_rows.SharedRows` gives of the same rows.

    Attributes:
        connection: of the database that reads the ranges.
        dropped: rows that the problem drops as duplicates.
    """

    def __init__(
        self,
        good: Path,
        problem: Problem,
        connection: "duckdb.DuckDBPyConnection",
        folder: Path,
        report: Callable[[str], None],
    ) -> None:
        """Find the rows.

        Args:
            good: Parquet file of at least one row that is good by itself.
            problem: has a time or a key.
            folder: for files that are of use as long as this is.
            report: takes lines of progress.

        Raises:
            UserError: memory or disk of an executor do not suffice.
        """
        self.connection, self._problem = connection, problem
        folder.mkdir()
        [self._files] = run_buckets([range_job(good, problem)], folder, report)
        paths = ", ".join("'" + str(path).replace("'", "''") + "'" for path in self._files)
        self._rows = f"read_parquet([{paths}])"
        dropped = self._count(f"{FATE} = {Fate.DROPPED}")
        self.dropped = DroppedRows(duplicates_reason(problem), dropped)

    def ordered(self, rows: int) -> Iterator[pa.Table]:
        """Yield the rows that are left in the problem's columns, in the order of time, key, place.

        Args:
            rows: number of rows of each table; the last has fewer.
        """
        names = list(self._problem.columns)
        stored = [stored_name(self._problem, name) for name in names]
        for table in tables_of(left_batches(self._files, stored, Fate.LEFT), rows):
            yield table.rename_columns(names)

    def count(self, condition: str = "true") -> int:
        """Return the number of rows that are left and meet a condition."""
        return self._count(f"{FATE} = {Fate.LEFT} AND ({condition})")

    def bad_values(self) -> Iterator[list[RankedValue]]:
        """Yield why rows are bad that share what identifies them, in the order of the rules."""
        if self._problem.key_columns:
            yield from bad_values(self.connection, self._rows, self._problem)

    def _count(self, condition: str) -> int:
        query = f"SELECT count(*) FROM {self._rows} WHERE {condition}"
        return int(self.connection.execute(query).fetchall()[0][0])
