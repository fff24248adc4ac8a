"""Check of one batch: its rows in the problem's types, and what is wrong with the others."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from homestead.data.bad_values import BadValue
from homestead.data.checking.batches import Batch
from homestead.data.checking.plain_values import ARROW_TYPES, plain_values
from homestead.data.column_types import convert_column
from homestead.data.row_rules import broken_rules, list_rules
from homestead.problem.schema import Problem
from homestead.problem.sections.column import Column
from homestead.problem.sections.source_format import SourceFormat

# Column of checked rows: each one's position in the source. The others are named by their place
# in the problem, since names in SQL do not tell small letters from capitals.
POSITION = "source_row"
_HINT_VALUES = 1000
# Kinds of bad values, in the order in which they are told.
UNREADABLE, BROKEN, SHARED = 0, 1_000_000, 2_000_000
_RULES = 100


def stored_name(problem: Problem, name: str) -> str:
    """Return the name of a column among checked rows."""
    return f"c{list(problem.columns).index(name)}"


@dataclass(frozen=True)
class RankedValue:
    """A bad value, whose row is its position in the source, and its place in the order of rules."""

    rank: int
    value: BadValue


@dataclass
class ColumnCount:
    """How many values of a column are there, and how many of them cannot be read.

    Attributes:
        first: the first of the latter.
        examples: up to a thousand of the latter, as long as no value can be read.
    """

    present: int = 0
    unreadable: int = 0
    first: BadValue | None = None
    examples: list[object] = field(default_factory=list)

    def add(self, other: "ColumnCount") -> None:
        """Count the values of a later batch."""
        self.present += other.present
        self.unreadable += other.unreadable
        self.first = self.first or other.first
        missing = _HINT_VALUES - len(self.examples)
        is_wrong = self.present == self.unreadable
        self.examples = [*self.examples, *other.examples[:missing]] if is_wrong else []

    @property
    def is_wrong(self) -> bool:
        """Whether there are values, none of which can be read."""
        return 0 < self.present == self.unreadable


@dataclass(frozen=True)
class CheckedBatch:
    """Rows of a batch, split by the rules of their own columns.

    Attributes:
        rows: number of all rows.
        good: good rows in the problem's types, in columns as :func:`stored_name` names them, with
            their positions in the source.
        bad: why the others are bad, in the order of the rules.
        raw: the bad rows as read, indexed by their positions.
        without_target: number of rows dropped for want of a target.
        columns: counts of each column's values.
    """

    rows: int
    good: pa.Table
    bad: list[RankedValue]
    raw: pd.DataFrame
    without_target: int
    columns: dict[str, ColumnCount]


class BatchCheck:
    """The rules of a problem for each row, for any number of batches and threads."""

    def __init__(self, problem: Problem, is_recent: Mapping[str, bool]) -> None:
        """Prepare the rules.

        Args:
            is_recent: of columns with units since 1970, whether most times are of usual years.
        """
        self._problem = problem
        self._format = problem.format or SourceFormat()
        self._is_recent = is_recent
        self._positive = problem.target if problem.target_log else None
        may_lack = problem.columns[problem.target].model_copy(update={"nullable": True})
        self._columns: dict[str, Column] = {**problem.columns, problem.target: may_lack}
        self._rules = {
            name: list_rules(column, name == self._positive)
            for name, column in self._columns.items()
        }

    def check(self, batch: Batch) -> CheckedBatch:
        """Check the rows of a batch."""
        problem, bad, counts = self._problem, [], {}
        typed: dict[str, pa.Array] = {}
        for place, name in enumerate(self._columns):
            typed[name], counts[name], found = self._check_column(batch, name, place)
            bad += found
        bad.sort(key=lambda found: found.rank)  # stable: by row within a rule
        is_dropped = np.zeros(len(batch), dtype=bool)
        if problem.drop.without_target:
            is_dropped = typed[problem.target].is_null().to_numpy(zero_copy_only=False).copy()
            unreadable = [b.value.row for b in bad if _is_unreadable(b, problem.target)]
            is_dropped[unreadable] = False
            bad = [found for found in bad if not is_dropped[found.value.row]]
        is_bad = np.zeros(len(batch), dtype=bool)
        is_bad[[found.value.row for found in bad]] = True
        stored = {stored_name(problem, name): values for name, values in typed.items()}
        stored[POSITION] = pa.array(np.arange(len(batch)) + batch.start)
        good = pa.table(stored)
        if (is_bad | is_dropped).any():
            good = good.filter(pa.array(~is_bad & ~is_dropped))
        return CheckedBatch(
            rows=len(batch),
            good=good,
            bad=[_in_source(found, batch.start) for found in bad],
            raw=batch.frame(problem.columns, np.flatnonzero(is_bad)),
            without_target=int(is_dropped.sum()),
            columns=counts,
        )

    def count_values(self, batch: Batch, name: str) -> ColumnCount:
        """Count a column's values in a batch."""
        return self._check_column(batch, name, list(self._columns).index(name))[1]

    def _check_column(
        self, batch: Batch, name: str, place: int
    ) -> tuple[pa.Array, ColumnCount, list[RankedValue]]:
        column = self._columns[name]
        values, plain = batch.arrow(name), None
        if values is not None:
            plain = plain_values(values, column, self._format, name == self._positive)
        if plain is None:
            return self._apply_rules(batch, name, place, None)
        converted, is_suspicious = plain
        rows = np.flatnonzero(is_suspicious)
        count = ColumnCount(present=len(converted) - converted.null_count)
        if not len(rows):
            return converted, count, []
        others, of_others, bad = self._apply_rules(batch, name, place, rows)
        # A column with a plain value is not wholly of another type.
        count.present += of_others.present
        count.unreadable, count.first = of_others.unreadable, of_others.first
        count.examples = of_others.examples if count.is_wrong else []
        if others.null_count < len(others):
            positions = np.arange(len(converted))
            positions[rows] = len(converted) + np.arange(len(rows))
            converted = pa.concat_arrays([converted, others]).take(pa.array(positions))
        return converted, count, bad

    def _apply_rules(
        self, batch: Batch, name: str, place: int, rows: np.ndarray | None
    ) -> tuple[pa.Array, ColumnCount, list[RankedValue]]:
        """Convert a column's values one by one and name what is wrong.

        Args:
            rows: positions of the rows to look at, all if None.
        """
        column = self._columns[name]
        values = batch.series(name, rows)
        present, converted, unreadable = convert_column(
            values, name, column, self._format, self._is_recent.get(name)
        )
        told = {value.row for value in unreadable}
        positive = name if name == self._positive else None
        broken = broken_rules(pd.DataFrame({name: converted}), {name: column}, positive)
        bad = [RankedValue(UNREADABLE + place, value) for value in unreadable]
        # A value that cannot be converted is not also reported as missing.
        bad += [
            RankedValue(BROKEN + place * _RULES + self._rules[name].index(value.rule), value)
            for value in broken
            if value.row not in told
        ]
        count = ColumnCount(int(present.sum()), len(unreadable))
        if unreadable:
            count.first = unreadable[0]
            if count.is_wrong:
                first = [value.row for value in unreadable[:_HINT_VALUES]]
                count.examples = values.iloc[first].tolist()
        if rows is not None:
            bad = [_at_row(found, int(rows[found.value.row])) for found in bad]
        return pa.array(converted, ARROW_TYPES[column.type], from_pandas=True), count, bad


def _is_unreadable(found: RankedValue, column: str) -> bool:
    return found.rank < BROKEN and found.value.column == column


def _in_source(found: RankedValue, start: int) -> RankedValue:
    return _at_row(found, found.value.row + start)


def _at_row(found: RankedValue, row: int) -> RankedValue:
    value = found.value
    return RankedValue(found.rank, BadValue(row, value.column, value.found, value.rule))
