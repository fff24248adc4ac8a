"""Rows that share key and time, or all values: which are dropped, and which are bad.

What counts is said in :mod:`homestead.data.duplicates` and :mod:`homestead.data.drop_rules`; the
database finds the rows, with spill to disk.
"""

from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from homestead.data.bad_values import BadValue, format_value
from homestead.data.checking.check_batch import POSITION, SHARED, RankedValue, stored_name
from homestead.data.checking.store import run_query, sql_file
from homestead.data.drop_rules import DroppedRows, duplicates_reason
from homestead.data.duplicates import REPEATED, differing_rule
from homestead.data.exact_frame import exact_frame
from homestead.problem.schema import Problem

if TYPE_CHECKING:
    import duckdb

# Column of checked rows: what becomes of each.
FATE = "fate"
_FETCHED_ROWS = 50_000


class Fate(IntEnum):
    """What becomes of a row that is good by itself."""

    REPEATED = 0
    DIFFERING = 1
    DROPPED = 2
    LEFT = 3


class SharedRows:
    """The good rows without those that repeat or contradict others.

    Attributes:
        connection: of the database that finds them.
        dropped: rows that the problem drops as duplicates.
    """

    def __init__(
        self, good: Path, problem: Problem, connection: "duckdb.DuckDBPyConnection"
    ) -> None:
        """Find the rows.

        Args:
            good: Parquet file of rows that are good by themselves; all rows that share what
                identifies them are in it.
        """
        self.connection, self._problem = connection, problem
        self._good = sql_file(good)
        self._columns = [stored_name(problem, name) for name in problem.columns]
        self._all = ", ".join(self._columns)
        self._keys = [stored_name(problem, name) for name in problem.identity_columns]
        self._identity = ", ".join(self._keys)
        self._has_gone = False
        self.dropped = DroppedRows(duplicates_reason(problem), 0)
        if (problem.drop.duplicates or problem.key_columns) and self._find_shared():
            self._drop()
            if problem.key_columns:
                self._find_bad()
            query = "SELECT count(*) FROM gone"
            self._has_gone = self.connection.execute(query).fetchall()[0][0] > 0

    def ordered(self, rows: int) -> Iterator[pa.Table]:
        """Yield the rows that are left in the problem's columns, in the order of time, key, place.

        Args:
            rows: number of rows of each table; the last has fewer.
        """
        query = f"SELECT {self._all} FROM {self.left} ORDER BY {self._order}"
        names = list(self._problem.columns)
        for table in run_query(self.connection, query, rows):
            yield table.rename_columns(names)

    @property
    def _order(self) -> str:
        return ", ".join([*self._keys, POSITION])

    @property
    def left(self) -> str:
        """The rows that are left, for a FROM clause."""
        if not self._has_gone:
            return self._good
        return f"(SELECT * FROM {self._good} ANTI JOIN gone USING ({POSITION}))"

    @property
    def fates(self) -> str:
        """A query of all rows in the order of time, key and place, with their :class:`Fate`."""
        fate, rows = f"{Fate.LEFT}::TINYINT", self._good
        if self._has_gone:
            fate, rows = f"coalesce({FATE}, {fate})", f"{rows} LEFT JOIN gone USING ({POSITION})"
        return (
            f"SELECT {self._all}, {POSITION}, {fate} AS {FATE} FROM {rows} ORDER BY {self._order}"
        )

    def count(self, condition: str = "true") -> int:
        """Return the number of rows that are left and meet a condition."""
        query = f"SELECT count(*) FROM {self.left} WHERE {condition}"
        return int(self.connection.execute(query).fetchall()[0][0])

    def bad_values(self) -> Iterator[list[RankedValue]]:
        """Yield why rows are bad that share what identifies them, in the order of the rules."""
        if self._has_gone and self._problem.key_columns:
            yield from bad_values(
                self.connection, f"shared JOIN gone USING ({POSITION})", self._problem
            )

    def _find_shared(self) -> bool:
        """Make a table of the rows that share what identifies them, and return if there are any."""
        # Of rows without time and key all values count; equal rows have equal hashes.
        keys = self._keys or [f"hash({self._all})"]
        columns = ", ".join(f"{key} AS k{i}" for i, key in enumerate(keys))
        same = " AND ".join(f"{key} IS NOT DISTINCT FROM k{i}" for i, key in enumerate(keys))
        self.connection.execute(
            f"CREATE TEMP TABLE keys AS SELECT {columns} FROM {self._good} GROUP BY ALL"
            " HAVING count(*) > 1"
        )
        if not self.connection.execute("SELECT count(*) FROM keys").fetchall()[0][0]:
            return False
        self.connection.execute(
            f"CREATE TEMP TABLE shared AS SELECT * FROM {self._good} SEMI JOIN keys ON {same}"
        )
        self.connection.execute(f"CREATE TEMP TABLE gone ({POSITION} BIGINT, {FATE} TINYINT)")
        return True

    def _drop(self) -> None:
        rule = self._problem.drop.duplicates
        if rule is None:
            return
        group = self._all if rule == "identical" else self._identity
        self._add_gone(
            Fate.DROPPED,
            f"shared QUALIFY row_number() OVER (PARTITION BY {group} ORDER BY {POSITION}"
            f" {'DESC' if rule == 'last' else 'ASC'}) > 1",
        )
        count = int(self.connection.execute("SELECT count(*) FROM gone").fetchall()[0][0])
        self.dropped = DroppedRows(self.dropped.reason, count)

    def _find_bad(self) -> None:
        """Mark the rows that are identical to earlier ones, then those that differ from others."""
        left = f"(SELECT * FROM shared ANTI JOIN gone USING ({POSITION}))"
        kinds = {
            Fate.REPEATED: f"row_number() OVER (PARTITION BY {self._all} ORDER BY {POSITION}) > 1",
            Fate.DIFFERING: f"count(*) OVER (PARTITION BY {self._identity}) > 1",
        }
        for fate, condition in kinds.items():
            self._add_gone(fate, f"{left} QUALIFY {condition}")

    def _add_gone(self, fate: Fate, rows: str) -> None:
        self.connection.execute(f"INSERT INTO gone SELECT {POSITION}, {fate} FROM {rows}")


def bad_values(
    connection: "duckdb.DuckDBPyConnection", rows: str, problem: Problem
) -> Iterator[list[RankedValue]]:
    """Yield why rows are bad that share what identifies them, in the order of the rules.

    Some at a time, in bounded memory.

    Args:
        rows: FROM clause of checked rows with their :class:`Fate`.
    """
    key = problem.key_columns[0]
    rules = {Fate.REPEATED: REPEATED, Fate.DIFFERING: differing_rule(problem)}
    query = (
        f"SELECT {POSITION}, {FATE}, {stored_name(problem, key)} AS key FROM {rows}"
        f" WHERE {FATE} IN ({', '.join(map(str, map(int, rules)))}) ORDER BY {FATE}, {POSITION}"
    )
    for table in run_query(connection, query, _FETCHED_ROWS):
        frame = exact_frame(table)
        yield [
            RankedValue(
                SHARED + int(fate),
                BadValue(int(row), key, format_value(value), rules[Fate(int(fate))]),
            )
            for row, fate, value in zip(frame[POSITION], frame[FATE], frame["key"], strict=True)
        ]
