"""The data sheet: what a source held, what was set aside and why, and how the values lie."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from homestead.problem.encoding import encode_columns
from homestead.problem.parts import Column
from homestead.problem.schema import Problem
from homestead.problem.split import split_names
from homestead.reports import data_figures as figures
from homestead.reports.wording import number, percent

if TYPE_CHECKING:
    from homestead.data.ingest import CheckedRows

_BAD_ROWS_SHOWN = 20
_VALUES_SHOWN = 8


def data_sheet_html(problem: Problem, checked: "CheckedRows", data_hash: str, source: str) -> str:
    """A page about one source.

    Args:
        checked: its rows, parted by :func:`homestead.data.ingest.check_rows`.
        data_hash: SHA-256 of the source's bytes, in hex.
        source: where they were read.
    """
    from homestead.reports.page import figure_html, render

    valid = checked.valid
    splits = split_of(valid[problem.timestamp], problem)
    keys = valid[problem.key].value_counts()
    return render(
        "data_sheet.html",
        problem=problem,
        target=problem.columns[problem.target],
        source=_place(source),
        data_hash=data_hash,
        rows=checked.rows,
        valid=len(valid),
        bad=len(checked.quarantine),
        first=valid[problem.timestamp].min(),
        last=valid[problem.timestamp].max(),
        keys=len(keys),
        repeated=int((keys > 1).sum()),
        splits=[_split_row(name, valid[splits == name], problem) for name in figures.SPLITS],
        columns=[
            _column_row(name, column, valid, problem) for name, column in problem.columns.items()
        ],
        derived=[(name, text, valid.get(name)) for name, text in problem.derived.items()],
        rules=_broken_rules(checked.quarantine),
        bad_rows=_bad_rows(checked.quarantine, problem),
        over_time=figure_html(
            figures.over_time(valid[problem.timestamp], splits), "Rows over time, by split"
        ),
        target_plot=figure_html(_target_figure(valid, problem), f"Values of {problem.target}"),
        histograms=figure_html(
            figures.histograms(encode_columns(valid, problem), problem), "Values of each column"
        ),
        number=number,
        percent=percent,
    )


def split_of(moments: pd.Series, problem: Problem) -> pd.Series:
    """For each time the split that it falls in: train, validation or holdout."""
    return pd.Series(split_names(moments, problem.split), index=moments.index)


def _split_row(name: str, part: pd.DataFrame, problem: Problem) -> dict[str, Any]:
    moments, target = part[problem.timestamp], part[problem.target]
    regression = problem.task == "regression"
    typical = target.median() if regression else next(iter(target.mode()), None)
    return {
        "name": name,
        "rows": len(part),
        "first": moments.min(),
        "last": moments.max(),
        "typical": typical if len(part) else None,
    }


def _column_row(name: str, column: Column, valid: pd.DataFrame, problem: Problem) -> dict[str, Any]:
    values = valid[name].dropna()
    row = {
        "name": name,
        "column": column,
        "allowed": _allowed(column) or "–",
        "missing": 1 - len(values) / len(valid),
        "distinct": values.nunique(),
    }
    if column.type in ("category", "boolean"):
        shares = values.astype(str).value_counts(normalize=True)
        row["found"] = ", ".join(f"{value} {percent(share)}" for value, share in shares[:3].items())
    elif column.type == "timestamp":
        row["found"] = f"{values.min():%Y-%m-%d} to {values.max():%Y-%m-%d}"
    elif len(values) and name != problem.key:
        low, middle, high = values.min(), values.median(), values.max()
        row["found"] = " · ".join(_amount(value, column) for value in (low, middle, high))
    else:
        row["found"] = "–"
    return row


def _amount(value: float, column: Column) -> str:
    plain = int(value) if float(value).is_integer() else float(value)
    # A year or a postal code is no quantity: no thousands separators.
    bare = column.type == "integer" and column.unit in ("", "year")
    return f"{plain:.12g}" if bare else number(plain)


def _allowed(column: Column) -> str:
    if column.range:
        return " to ".join(_amount(value, column) for value in column.range)
    listed = column.allowed or ()
    more = " …" if len(listed) > _VALUES_SHOWN else ""
    return ", ".join(listed[:_VALUES_SHOWN]) + more


def _place(source: str) -> str:
    """A URI as it stands; of a path only the name, as folders differ between machines."""
    return source if "://" in source else Path(source).name


def _target_figure(valid: pd.DataFrame, problem: Problem) -> Any:
    name = problem.target
    unit = problem.columns[name].unit
    label = f"{name}, {unit}" if unit else name
    if problem.task == "classification":
        return figures.class_counts(valid[name], problem.columns[name].allowed or (), label)
    return figures.distribution(valid[name].astype(float), label)


def _broken_rules(quarantine: pd.DataFrame) -> list[tuple[str, int]]:
    """Column and number of its bad values, the worst first."""
    if quarantine.empty:
        return []
    broken = quarantine["reason"].str.split("; ").explode().str.partition(":")[0]
    return [(str(name), int(count)) for name, count in broken.value_counts().items()]


def _bad_rows(quarantine: pd.DataFrame, problem: Problem) -> list[dict[str, Any]]:
    return [
        {"row": row, "key": found[problem.key], "reason": found["reason"]}
        for row, found in quarantine.head(_BAD_ROWS_SHOWN).iterrows()
    ]
