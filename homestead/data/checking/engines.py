"""What checks batches and finds duplicates: this process's threads, or Spark's executors."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import pyarrow as pa

from homestead.data.checking.batches import Batch
from homestead.data.checking.check_batch import BatchCheck, CheckedBatch, RankedValue
from homestead.data.checking.column_checks import RecentTimes, count_recent_times
from homestead.data.checking.shared_rows import SharedRows
from homestead.data.drop_rules import DroppedRows
from homestead.problem.schema import Problem

if TYPE_CHECKING:
    import duckdb

_Found = TypeVar("_Found")


class FinalRows(Protocol):
    """The good rows without those that repeat or contradict others, in order.

    Attributes:
        connection: of the database that finds or reads them.
        dropped: rows that the problem drops as duplicates.
    """

    connection: "duckdb.DuckDBPyConnection"
    dropped: DroppedRows

    def ordered(self, rows: int) -> Iterator[pa.Table]:
        """Yield the rows in the problem's columns, in tables of so many rows."""

    def count(self, condition: str = "true") -> int:
        """Return the number of rows that meet a condition."""

    def bad_values(self) -> Iterator[list[RankedValue]]:
        """Yield why rows are bad that share what identifies them."""


class Checks(Protocol):
    """What computes the parts of a check."""

    def recent_times(self, batches: Iterator[Batch]) -> Iterator[RecentTimes]:
        """Yield the counts of each batch, see :func:`count_recent_times`."""

    def checked(self, check: BatchCheck, batches: Iterator[Batch]) -> Iterator[CheckedBatch]:
        """Yield checked batches in their order."""

    def final_rows(
        self,
        good: Path,
        connection: "duckdb.DuckDBPyConnection",
        folder: Path,
        report: Callable[[str], None],
    ) -> FinalRows:
        """Return the rows of a Parquet file without those that repeat or contradict others.

        Args:
            folder: a new folder, for files that are of use as long as the rows are.
        """


class LocalChecks:
    """Checks by threads of this process."""

    def __init__(self, problem: Problem, threads: int) -> None:
        """Take the number of threads."""
        self._problem, self._threads = problem, threads

    def recent_times(self, batches: Iterator[Batch]) -> Iterator[RecentTimes]:
        """Yield the counts of each batch."""
        counted = partial(count_recent_times, problem=self._problem)
        return in_threads(counted, batches, self._threads)

    def checked(self, check: BatchCheck, batches: Iterator[Batch]) -> Iterator[CheckedBatch]:
        """Yield checked batches in their order."""
        return in_threads(check.check, batches, self._threads)

    def final_rows(
        self,
        good: Path,
        connection: "duckdb.DuckDBPyConnection",
        folder: Path,
        report: Callable[[str], None],
    ) -> FinalRows:
        """Return the rows that one database finds, which spills where its connection says."""
        return SharedRows(good, self._problem, connection)


def in_threads(
    function: Callable[[Batch], _Found], batches: Iterator[Batch], threads: int
) -> Iterator[_Found]:
    """Yield what a function finds in batches, in their order.

    No more batches are held than threads work on, and one.

    Raises:
        UserError: what the function raises for the first batch that fails.
    """
    waiting: deque[Future[_Found]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for batch in batches:
                waiting.append(pool.submit(function, batch))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
