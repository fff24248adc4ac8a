"""Labelled predictions of a batch as rows of the table, judged by the problem's rules."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from homestead.data.bad_values import BadValue
from homestead.data.checking.check_batch import RankedValue
from homestead.data.labelled.identity import identify, typed_column
from homestead.data.row_rules import broken_rules, list_rules
from homestead.problem.encoding import add_derived_columns
from homestead.problem.expressions.text_codes import compile_derived
from homestead.problem.schema import Problem

_UNKNOWN = "neither the log nor an earlier row of this key tells the value"
# Kinds of bad values, in the order in which they are told.
_UNIDENTIFIED, _UNTOLD, _NOT_KNOWN, _UNREADABLE, _BROKEN = range(0, 5_000_000, 1_000_000)
REPEATED = 5_000_000
_RULES = 100


@dataclass(frozen=True)
class JudgedRows:
    """Labelled predictions of a batch.

    Attributes:
        rows: in the problem's columns, with derived columns of good rows; an index from 0.
        reasons: why each is bad, None for a good one; shape (rows,).
        bad: the bad values, in the order of the rules.
    """

    rows: pd.DataFrame
    reasons: list[str | None]
    bad: list[RankedValue]


class RowJudge:
    """The rules of a problem for labelled predictions, for any number of batches."""

    def __init__(self, problem: Problem) -> None:
        """Prepare the rules.

        Args:
            problem: with a key and a time stamp.
        """
        self._problem = problem
        self._is_used = _used_columns(problem)
        self._positive = problem.target if problem.target_log else None

    def identify(self, logged: pd.DataFrame) -> pd.DataFrame:
        """Return the time and the key of each prediction, missing where the log does not tell.

        Args:
            logged: as :func:`homestead.data.labelled.logged_rows.read_logged` yields it.
        """
        return identify(logged, _told(logged), self._problem)[0]

    def judge(self, logged: pd.DataFrame, earlier: pd.DataFrame, has_row: np.ndarray) -> JudgedRows:
        """Return labelled predictions as rows of the table.

        Args:
            logged: as :func:`homestead.data.labelled.logged_rows.read_logged` yields it, with an
                index from 0.
            earlier: by prediction, what the table's latest row of its key held at its time.
            has_row: whether there is such a row, shape (rows,).
        """
        problem, told = self._problem, _told(logged)
        identity, unidentified = identify(logged, told, problem)
        ranked = [RankedValue(_UNIDENTIFIED, value) for value in unidentified]
        key = problem.key_columns[0]
        ranked += [
            RankedValue(_UNTOLD, BadValue(row, key, "", reason))
            for row, reason in enumerate(logged.reason)
            if reason
        ]
        target, wrong = typed_column(logged.truth, problem.target, problem)
        columns = {**{name: identity[name] for name in identity}, problem.target: target}
        unknown: set[tuple[int, str]] = set()
        for name in problem.columns:
            if name not in columns:
                is_told = np.array([name in row for row in told], dtype=bool)
                values = pd.Series([row.get(name) for row in told], dtype=object)
                own, unreadable = typed_column(values, name, problem)
                wrong += unreadable
                columns[name] = own.where(is_told, earlier[name].astype(own.dtype))
                unknown |= {(row, name) for row in np.flatnonzero(~is_told & ~has_row).tolist()}
        rows = pd.DataFrame(columns)[list(problem.columns)]
        ranked += [
            RankedValue(_NOT_KNOWN, BadValue(row, name, "", _UNKNOWN))
            for row, name in sorted(unknown)
            if name in self._is_used
        ]
        ranked += [RankedValue(_UNREADABLE + self._place(value), value) for value in wrong]
        explained = unknown | {(value.row, value.column) for value in wrong}
        ranked += self._broken(rows, explained)
        reasons = _reasons(ranked, len(rows))
        is_good = np.array([reason is None for reason in reasons], dtype=bool)
        good = add_derived_columns(rows[is_good], problem)
        derived = {name: good[name].reindex(rows.index) for name in problem.derived if name in good}
        return JudgedRows(rows.assign(**derived), reasons, ranked)

    def _broken(self, rows: pd.DataFrame, explained: set[tuple[int, str]]) -> Iterator[RankedValue]:
        columns = self._problem.columns
        rules = {
            name: list_rules(column, name == self._positive) for name, column in columns.items()
        }
        for value in broken_rules(rows, columns, self._positive):
            if (value.row, value.column) not in explained:
                rank = self._place(value) * _RULES + rules[value.column].index(value.rule)
                yield RankedValue(_BROKEN + rank, value)

    def _place(self, value: BadValue) -> int:
        """Return a column's place, the target's before all others."""
        if value.column == self._problem.target:
            return 0
        return 1 + list(self._problem.columns).index(value.column)


def _told(logged: pd.DataFrame) -> list[dict[str, object]]:
    return [json.loads(text) for text in logged["values"]]


def _reasons(ranked: Sequence[RankedValue], rows: int) -> list[str | None]:
    reasons: list[str | None] = [None] * rows
    for found in ranked:
        row, text = found.value.row, str(found.value)
        before = reasons[row]
        reasons[row] = text if before is None else f"{before}; {text}"
    return reasons


def _used_columns(problem: Problem) -> set[str]:
    """Return the columns of which training reads values, also in part."""
    names = {*problem.features, *problem.slices, *(v.entity for v in problem.views.values())}
    names |= {problem.baseline or "", getattr(problem.split, "column", None) or ""}
    names |= {problem.weights.column or ""} if problem.weights else set()
    for expression in compile_derived(problem.derived, problem.columns).values():
        names |= expression.names
    return names & problem.columns.keys()
