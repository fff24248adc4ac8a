"""The rules of single rows, judged by executors: each batch is a task.

The driver reads the source, whose bytes it has hashed, and sends rows; they come back in their
types, with what is wrong with the others.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from homestead.data.checking.batches import Batch
from homestead.data.checking.check_batch import BatchCheck, CheckedBatch
from homestead.data.checking.column_checks import RecentTimes, count_recent_times
from homestead.data.checking.engines import FinalRows, in_threads
from homestead.data.checking.on_executors.messages import (
    decode_batch,
    decode_checked,
    encode_batch,
    encode_checked,
)
from homestead.data.checking.on_executors.ranged_rows import RangedRows
from homestead.data.checking.shared_rows import SharedRows
from homestead.engine.spark_function import SparkFunction
from homestead.problem.schema import Problem

if TYPE_CHECKING:
    import duckdb


class SparkChecks:
    """Checks by executors of this process's Spark session.

    A batch whose values cannot be told by bytes, such as one of a frame with dates of Python, is
    checked here.
    """

    def __init__(self, problem: Problem) -> None:
        """Take the problem."""
        self._problem = problem

    def recent_times(self, batches: Iterator[Batch]) -> Iterator[RecentTimes]:
        """Yield the counts of each batch.

        Raises:
            UserError: Spark cannot be started.
        """
        remote = SparkFunction(partial(_count, problem=self._problem))

        def counted(batch: Batch) -> RecentTimes:
            content = encode_batch(batch, self._problem.columns)
            if content is None:
                return count_recent_times(batch, self._problem)
            return msgspec.msgpack.decode(remote(content), type=RecentTimes)

        return in_threads(counted, batches, remote.calls)

    def checked(self, check: BatchCheck, batches: Iterator[Batch]) -> Iterator[CheckedBatch]:
        """Yield checked batches in their order.

        Raises:
            UserError: Spark cannot be started.
        """
        remote = SparkFunction(partial(_check, check=check))

        def checked(batch: Batch) -> CheckedBatch:
            content = encode_batch(batch, self._problem.columns)
            if content is None:
                return check.check(batch)
            return decode_checked(remote(content), batch, check)

        return in_threads(checked, batches, remote.calls)

    def final_rows(
        self,
        good: Path,
        connection: "duckdb.DuckDBPyConnection",
        folder: Path,
        report: Callable[[str], None],
    ) -> FinalRows:
        """Return the rows that executors find range by range.

        Rows without time and key stay in the source's order, and nothing but all of their values
        tells which are one: they are compared here.

        Raises:
            UserError: memory or disk of an executor do not suffice.
        """
        if not self._problem.identity_columns:
            return SharedRows(good, self._problem, connection)
        return RangedRows(good, self._problem, connection, folder, report)


def _check(content: bytes, *, check: BatchCheck) -> bytes:
    return encode_checked(check.check(decode_batch(content)))


def _count(content: bytes, *, problem: Problem) -> bytes:
    return msgspec.msgpack.encode(count_recent_times(decode_batch(content), problem))
