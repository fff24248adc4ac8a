"""What a data sheet says about each column, from one look at its values.

A column of a large table is read and counted once, and only these facts of it are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from homestead.data.checking.stored_rows import Rows
from homestead.problem.encoding import encode_column
from homestead.problem.schema import Problem
from homestead.problem.sections.column import Column

# Most bars of a small histogram, and most values whose rows are kept.
MAX_BARS = 40
# Most rows that a small histogram counts, in equal steps: it cannot tell those of more apart.
_MAX_DRAWN = 100_000


@dataclass(frozen=True)
class ColumnBins:
    """Rows by value of a column with numbers, as its small histogram shows them.

    Attributes:
        counts: shape (bins,), rows.
        edges: shape (bins + 1,) of numbers, or a name for each bin.
    """

    counts: np.ndarray
    edges: np.ndarray | Sequence[str]


def column_bins(values: np.ndarray, column: Column) -> ColumnBins | None:
    """Return the rows by value of a column, None if there is no value.

    Args:
        values: shape (rows,), as numbers, from :func:`homestead.problem.encoding.encode_column`.
    """
    finite = values[np.isfinite(values)]
    if column.type in ("category", "boolean"):
        labels = column.allowed or ("no", "yes")
        return ColumnBins(np.bincount(finite.astype(int), minlength=len(labels)), labels)
    if not len(finite):
        return None
    # Otherwise a few extreme values would squeeze all others into one bar.
    low, high = np.percentile(finite, [0.1, 99.9])
    one_bar_each = column.type == "integer" and high - low < MAX_BARS
    edges = (
        np.arange(low - 0.5, high + 1)
        if one_bar_each
        else np.linspace(low, high + 1e-9, MAX_BARS + 1)
    )
    counts, _ = np.histogram(np.clip(finite, low, high), edges)
    return ColumnBins(counts, edges)


@dataclass(frozen=True)
class ColumnFacts:
    """Values of a column.

    Attributes:
        present: number of rows with a value.
        missing_share: share of rows without one.
        distinct: number of values.
        repeated: number of values that several rows have.
        most: rows by value, the most frequent first, at most :data:`MAX_BARS` of them.
        span: the least value, the median and the largest one; None where values have no order or
            there are none. Of times the median is None.
        bins: rows by value as a small histogram shows them; None for a column without numbers.
    """

    present: int
    missing_share: float
    distinct: int
    repeated: int
    most: pd.Series
    span: tuple[Any, Any, Any] | None
    bins: ColumnBins | None

    @property
    def top_share(self) -> float:
        """The share of the most frequent value among the rows with a value."""
        return int(self.most.iloc[0]) / self.present if self.present else 0.0


def describe_columns(valid: Rows, problem: Problem) -> dict[str, ColumnFacts]:
    """Return the facts of each column that the rows have; one column at a time is in memory."""
    return {
        name: describe_column(valid[name], column)
        for name, column in problem.columns.items()
        if name in valid
    }


def describe_column(values: pd.Series, column: Column) -> ColumnFacts:
    """Return the facts of a column.

    Args:
        values: shape (rows,), in the column's type.
    """
    counts = values.value_counts(sort=False)
    present = int(counts.sum())
    step = max(1, -(-len(values) // _MAX_DRAWN))
    return ColumnFacts(
        present=present,
        missing_share=1 - present / len(values),
        distinct=len(counts),
        repeated=int((counts > 1).sum()),
        # Of values that are as frequent the first in the table comes first.
        most=counts.sort_values(ascending=False, kind="stable").head(MAX_BARS),
        span=_span(counts, column) if present else None,
        bins=column_bins(encode_column(values[::step], column), column)
        if column.has_numbers
        else None,
    )


def _span(counts: pd.Series, column: Column) -> tuple[Any, Any, Any] | None:
    """Return the least value, the median and the largest one, from the rows by value."""
    if column.type not in ("integer", "number", "timestamp"):
        return None
    values = counts.index.to_numpy()
    order = np.argsort(values)
    ordered, until = values[order], np.cumsum(counts.to_numpy(int)[order])
    if column.type == "timestamp":
        return pd.Timestamp(ordered[0]), None, pd.Timestamp(ordered[-1])
    middle = [(until[-1] - 1) // 2, until[-1] // 2]
    median = float(ordered[np.searchsorted(until, middle, "right")].astype(float).mean())
    return ordered[0], median, ordered[-1]
