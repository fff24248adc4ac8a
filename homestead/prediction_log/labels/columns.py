"""Columns of a table of labels: values in their types, and what cannot be read."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from homestead.data.bad_values import BadValue
from homestead.data.column_types import convert_column
from homestead.data.row_rules import broken_rules
from homestead.prediction_log.labels.kinds import Verdict
from homestead.problem.encoding import class_labels
from homestead.problem.schema import Problem
from homestead.problem.sections.column import Column
from homestead.problem.sections.source_format import SourceFormat
from homestead.problem.target import class_label
from homestead.problem.values.listing import list_values

_EPOCH = pd.Timestamp(0, tz="UTC")


class LabelColumns:
    """Reads the columns of one table of labels.

    Attributes:
        faults: by row, from 0: the verdict on a label that cannot be read, and the reason.
    """

    def __init__(self, table: pd.DataFrame, source_format: SourceFormat) -> None:
        """Prepare to read a table with an index from 0."""
        self._table = table
        self._format = source_format
        self.faults: dict[int, tuple[Verdict, str]] = {}

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._table)

    def __contains__(self, name: object) -> bool:
        """Return whether the table has a column."""
        return name in self._table

    def raw(self, name: str) -> pd.Series:
        """Return a column as it was read."""
        return self._table[name]

    def missing(self) -> list[Any]:
        """Return a column without values."""
        return [None] * len(self)

    def note(self, verdict: Verdict, bad: Sequence[BadValue]) -> None:
        """Take note of values at fault; of each row the first counts."""
        for value in bad:
            self.faults.setdefault(value.row, (verdict, str(value)))

    def optional(self, name: str, column: Column) -> pd.Series:
        """Return a column in its type, with missing values if the table does not have it."""
        if name not in self:
            return pd.Series(self.missing(), dtype=object)
        _, values, bad = convert_column(self.raw(name), name, column, self._format)
        nullable = column.model_copy(update={"nullable": True})
        bad += broken_rules(pd.DataFrame({name: values}), {name: nullable})
        self.note(Verdict.BAD_NAME, bad)
        return values

    def values(self, problem: Problem) -> tuple[pd.Series, list[float | None]]:
        """Return which rows have an outcome of a regression, and the outcomes."""
        name = problem.target
        column = problem.columns[name].model_copy(update={"nullable": True})
        present, values, bad = convert_column(self.raw(name), name, column, self._format)
        positive = name if problem.target_log else None
        bad += broken_rules(pd.DataFrame({name: values}), {name: column}, positive)
        self.note(Verdict.BAD_VALUE, bad)
        return present, objects(values.astype("Float64"))

    def classes(self, problem: Problem) -> tuple[pd.Series, list[str | None]]:
        """Return which rows have an outcome of a classification, and the outcomes.

        Values are read as those of feedback: any word for a boolean names its class. Without a
        list of classes, which are then learnt, any text is one.
        """
        name, classes = problem.target, problem.classes
        column = problem.columns[name].model_copy(update={"nullable": True})
        present, converted, unreadable = convert_column(self.raw(name), name, column, self._format)
        if not classes:
            self.note(Verdict.BAD_VALUE, unreadable)
            there = converted[converted.notna()]
            return present, objects(class_labels(there).reindex(converted.index))
        values = self.raw(name).where(present)
        if column.type == "integer":  # 4.0 is 4
            values = converted.astype(object).where(converted.notna(), values)
        codes, distinct = pd.factorize(values)
        labels = [_class_of(value, classes) for value in distinct]
        rule = f"allowed are {list_values(classes)}"
        wrong = np.flatnonzero(np.isin(codes, [i for i, label in enumerate(labels) if not label]))
        self.note(
            Verdict.BAD_VALUE,
            [BadValue(int(row), name, repr(distinct[codes[row]]), rule) for row in wrong],
        )
        return present, [None if code < 0 else labels[code] for code in codes]


def _class_of(value: Any, classes: tuple[str, ...]) -> str | None:
    plain = value.item() if isinstance(value, np.generic) else value
    label = class_label(plain.strip() if isinstance(plain, str) else plain, classes)
    return label if label in classes else None


def objects(values: pd.Series) -> list[Any]:
    """Return values as objects of Python, None where one is missing."""
    return [
        None if missing else value
        for value, missing in zip(values.tolist(), values.isna(), strict=True)
    ]


def seconds(times: pd.Series) -> list[float | None]:
    """Return times in seconds since 1970, None where one is missing."""
    if times.isna().all():
        return [None] * len(times)
    return objects((pd.to_datetime(times, utc=True) - _EPOCH).dt.total_seconds())
