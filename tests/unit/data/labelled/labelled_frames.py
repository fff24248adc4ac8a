"""The rule of labelled rows in pandas, all rows in memory: what the files must agree with."""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

from homestead.data.bad_values import BadValue, format_value, list_bad_values
from homestead.data.duplicates import list_identity
from homestead.data.ingest import REASON_COLUMN
from homestead.data.labelled.identity import identify, typed_column
from homestead.data.labelled.tables_on_disk import LABELLED_COLUMN
from homestead.data.row_rules import broken_rules
from homestead.problem.encoding import add_derived_columns
from homestead.problem.expressions.text_codes import compile_derived
from homestead.problem.schema import Problem
from homestead.problem.split import required_timestamp

_UNKNOWN = "neither the log nor an earlier row of this key tells the value"


@dataclass(frozen=True)
class LabelledRows:
    """Labelled predictions, judged by the problem's rules.

    Attributes:
        valid: good rows in the problem's columns, with derived columns.
        quarantine: the others, with a column ``reason``; its index names the predictions.
        bad_values: why they are there.
        places: the names of all predictions, shape (rows,).
        in_table: number of rows left out because the table has the outcome of this key and time.
    """

    valid: pd.DataFrame
    quarantine: pd.DataFrame
    bad_values: list[BadValue]
    places: pd.Index
    in_table: int

    def __str__(self) -> str:
        """Return the numbers of rows in words, and the reasons of the quarantine."""
        known = f"; {self.in_table} are in the table already" if self.in_table else ""
        counts = f"labelled predictions: {len(self.valid)} rows to train on"
        reasons = list_bad_values(self.bad_values, self.places)
        return "\n".join([f"{counts}, {len(self.quarantine)} bad{known}", *reasons])


def labelled_rows_at_their_time(
    logged: pd.DataFrame, table: pd.DataFrame, problem: Problem
) -> LabelledRows:
    """Return labelled predictions as rows of the table.

    A row has the time of its prediction, the outcome as its target, and of other columns what the
    model read; of those that the log does not tell, what the table's latest row of the same key
    held at that time. Of what came later a row has the outcome alone.

    Args:
        logged: as :func:`homestead.data.labelled.logged_rows.read_logged` returns it.
        table: valid rows of the source.
        problem: with a key and a time stamp.
    """
    told = [json.loads(text) for text in logged["values"]]
    identity, bad = identify(logged, told, problem)
    bad += [
        BadValue(row, problem.key_columns[0], "", reason)
        for row, reason in enumerate(logged.reason)
        if reason
    ]
    target, wrong = typed_column(logged.truth, problem.target, problem)
    columns = {**{name: identity[name] for name in identity}, problem.target: target}
    earlier = _latest_known(identity, table, problem)
    unknown: set[tuple[int, str]] = set()
    for name in problem.columns:
        if name not in columns:
            is_told = np.array([name in row for row in told], dtype=bool)
            values = pd.Series([row.get(name) for row in told], dtype=object)
            own, unreadable = typed_column(values, name, problem)
            wrong += unreadable
            known = table[name].astype(own.dtype).reindex(earlier).set_axis(own.index)
            columns[name] = own.where(is_told, known)
            unknown |= {(row, name) for row in np.flatnonzero(~is_told & (earlier < 0)).tolist()}
    rows = pd.DataFrame(columns)[list(problem.columns)]
    is_used = _used_columns(problem)
    bad += [BadValue(row, name, "", _UNKNOWN) for row, name in sorted(unknown) if name in is_used]
    explained = unknown | {(value.row, value.column) for value in wrong}
    positive = problem.target if problem.target_log else None
    bad += wrong
    bad += [
        value
        for value in broken_rules(rows, problem.columns, positive)
        if (value.row, value.column) not in explained
    ]
    is_known = _has_outcome(identity, table, problem)
    bad = [value for value in bad if not is_known[value.row]]
    is_bad = np.zeros(len(rows), dtype=bool)
    is_bad[[value.row for value in bad]] = True
    repeated = _repeated(identity[~is_bad & ~is_known], problem)
    is_bad[[value.row for value in repeated]] = True
    bad += repeated
    places = pd.Index(
        [f"{name}/{row}" for name, row in zip(logged.prediction_id, logged.row, strict=True)],
        name="prediction",
    )
    return LabelledRows(
        valid=add_derived_columns(rows[~is_bad & ~is_known], problem),
        quarantine=_quarantine(rows, bad, places),
        bad_values=bad,
        places=places,
        in_table=int(is_known.sum()),
    )


def with_labelled(table: pd.DataFrame, labelled: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    """Return the table's rows and labelled ones, marked, in the order of time and key.

    The table as it is, if there are no labelled ones.
    """
    if labelled.empty:
        return table
    labelled = labelled[list(table.columns)]
    texts: pd.DataFrame = labelled.select_dtypes("string")
    labelled = labelled.assign(**texts.astype(object).where(texts.notna(), None))
    whole = [name for name in table if labelled[name].notna().all()]
    labelled = labelled.astype({name: table[name].dtype for name in whole})
    marked = [
        rows.assign(**{LABELLED_COLUMN: mark}) for rows, mark in ((table, False), (labelled, True))
    ]
    rows = pd.concat(marked, ignore_index=True)
    return rows.sort_values(list(problem.identity_columns), kind="stable", ignore_index=True)


def _latest_known(identity: pd.DataFrame, table: pd.DataFrame, problem: Problem) -> np.ndarray:
    """Return the position of the table's latest row of a key at its time, or -1; (rows,)."""
    time = required_timestamp(problem)
    names = [name for name in problem.key_columns if name != time]
    positions = np.full(len(identity), -1)
    is_whole = identity.notna().all(axis=1)
    if not is_whole.any():
        return positions
    asked = _as_in_table(identity[is_whole], table)[[time, *names]]
    asked = asked.assign(row=np.flatnonzero(is_whole)).sort_values(time, kind="stable")
    held = table[[time, *names]].assign(position=np.arange(len(table)))
    found = pd.merge_asof(asked, held.sort_values(time, kind="stable"), on=time, by=names)
    found = found[found.position.notna()]
    positions[found.row.to_numpy()] = found.position.to_numpy(dtype=np.int64)
    return positions


def _has_outcome(identity: pd.DataFrame, table: pd.DataFrame, problem: Problem) -> np.ndarray:
    """Return whether the table has a row with a target of the same key and time, (rows,)."""
    names = list(problem.identity_columns)
    found = np.zeros(len(identity), dtype=bool)
    is_whole = identity.notna().all(axis=1).to_numpy()
    asked = _as_in_table(identity[is_whole], table)[names]
    known = table.loc[table[problem.target].notna(), names]
    found[is_whole] = pd.MultiIndex.from_frame(asked).isin(pd.MultiIndex.from_frame(known))
    return found


def _as_in_table(rows: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    return rows.astype({name: table[name].dtype for name in rows})


def _repeated(identity: pd.DataFrame, problem: Problem) -> list[BadValue]:
    key = problem.key_columns[0]
    rule = f"another prediction of this {list_identity(problem)} counts"
    keys = identity.loc[identity.duplicated(), key]
    return [
        BadValue(row, key, format_value(value), rule)
        for row, value in zip(keys.index.tolist(), keys, strict=True)
    ]


def _used_columns(problem: Problem) -> set[str]:
    """Return the columns of which training reads values, also in part."""
    names = {*problem.features, *problem.slices, *(v.entity for v in problem.views.values())}
    names |= {problem.baseline or "", getattr(problem.split, "column", None) or ""}
    names |= {problem.weights.column or ""} if problem.weights else set()
    for expression in compile_derived(problem.derived, problem.columns).values():
        names |= expression.names
    return names & problem.columns.keys()


def _quarantine(rows: pd.DataFrame, bad: list[BadValue], places: pd.Index) -> pd.DataFrame:
    reasons: dict[int, list[str]] = {}
    for value in bad:
        reasons.setdefault(value.row, []).append(str(value))
    positions = sorted(reasons)
    texts = ["; ".join(reasons[row]) for row in positions]
    return rows.loc[positions].assign(**{REASON_COLUMN: texts}).set_index(places[positions])
