"""Data sheet: columns and values of a source, and which rows are in quarantine and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import pandas as pd
from markupsafe import Markup

from homestead.data.checking.stored_rows import Rows
from homestead.data.ingest import REASON_COLUMN, SheetRows
from homestead.data.labelled_rows import labelled_rows
from homestead.data.splitting.split_parts import part_names
from homestead.problem.encoding import class_labels
from homestead.problem.schema import Problem
from homestead.problem.sections.column import Column
from homestead.problem.split import SPLIT_NAMES, describe_split
from homestead.problem.values.categories import natural_order
from homestead.reports.base_page import PageHeader, render
from homestead.reports.charts import NARROW, WIDE, chart_html, figure_html
from homestead.reports.data import figures, sentences
from homestead.reports.data.column_facts import ColumnFacts, describe_columns
from homestead.reports.data.small_histograms import histograms_svg
from homestead.reports.wording import number, percent, source_name

_MAX_BAD_ROWS = 20
_MAX_VALUES = 8
_COLUMNS_ALT = "Values of each column"


@dataclass(frozen=True)
class _SplitRow:
    """One split; ``typical`` is the median target or the most frequent class."""

    name: str
    rows: int
    first: datetime | None
    last: datetime | None
    typical: float | str | None


@dataclass(frozen=True)
class _ColumnRow:
    name: str
    column: Column
    allowed: str
    values: str
    distinct: int
    missing_share: float


@dataclass(frozen=True)
class _BadRow:
    row: int
    keys: tuple[object, ...]
    reason: str


def data_sheet_html(problem: Problem, checked: SheetRows, data_hash: str, source: str) -> str:
    """Return a page about one source.

    Args:
        checked: its rows, from :func:`homestead.data.ingest.check_rows`.
        data_hash: SHA-256 of the source's bytes, in hex.
        source: path or URI that was read.
    """
    valid, counts = checked.valid, checked.counts
    labelled = labelled_rows(valid, problem)
    moments = None if problem.timestamp is None else valid[problem.timestamp]
    # As categories the parts of many rows are compared fast.
    splits = pd.Series(part_names(labelled, problem), index=labelled.index)
    facts = describe_columns(valid, problem)
    keys, repeated_keys = _count_keys(valid, facts, list(problem.key_columns))
    told = [name for name in (problem.target, problem.timestamp) if name is not None]
    parts = _frame(labelled, list(dict.fromkeys(told)))
    return render(
        "data_sheet.html",
        PageHeader(problem.name),
        problem=problem,
        target=problem.columns[problem.target],
        source=source_name(source),
        data_hash=data_hash,
        rows=counts.rows,
        valid=len(valid),
        bad=counts.bad,
        first=None if moments is None else moments.min(),
        last=None if moments is None else moments.max(),
        keys=keys,
        repeated_keys=repeated_keys,
        without_target=counts.without_target,
        dropped=counts.dropped,
        splits=[_split_row(name, parts[splits == name], problem) for name in SPLIT_NAMES],
        columns=[
            _column_row(name, column, facts[name], problem)
            for name, column in problem.columns.items()
        ],
        derived=[
            (name, text, _frame(valid, [name] if name in valid else []).get(name))
            for name, text in problem.derived.items()
        ],
        bad_values=checked.list_bad(),
        place=checked.quarantine.index.name or "row",
        bad_rows=_bad_rows(checked.quarantine, problem),
        chosen=describe_split(problem.split),
        summary=sentences.sheet_sentences(problem, checked, labelled, facts),
        over_time="" if moments is None else _chart_over_time(moments, splits),
        target_plot=_target_chart(labelled, problem),
        histograms=figure_html(
            [histograms_svg(frame, facts, problem, _COLUMNS_ALT) for frame in (WIDE, NARROW)],
            sentences.columns_sentence(facts, problem),
        ),
    )


def _frame(rows: Rows, names: list[str]) -> pd.DataFrame:
    return pd.DataFrame({name: rows[name] for name in names})


def _count_keys(
    valid: Rows, facts: Mapping[str, ColumnFacts], keys: list[str]
) -> tuple[int | None, int | None]:
    """Return the number of keys, and of those that several rows have; None without a key."""
    if not keys:
        return None, None
    if len(keys) == 1:
        return facts[keys[0]].distinct, facts[keys[0]].repeated
    rows_per_key = _frame(valid, keys).groupby(keys).size()
    return len(rows_per_key), int((rows_per_key > 1).sum())


def _chart_over_time(moments: pd.Series, splits: pd.Series) -> Markup:
    known = moments[splits.index]
    rows = figures.rows_over_time(known, splits)
    return chart_html(
        partial(figures.over_time, rows=rows),
        sentences.over_time_sentence(rows, known, splits),
        "Rows over time, by split",
    )


def _split_row(name: str, rows: pd.DataFrame, problem: Problem) -> _SplitRow:
    target, typical = rows[problem.target], None
    if problem.task == "classification":
        target = class_labels(target)
    if len(rows):
        typical = target.median() if problem.task == "regression" else target.mode()[0]
    if problem.timestamp is None:
        return _SplitRow(name, len(rows), None, None, typical)
    moments = rows[problem.timestamp]
    return _SplitRow(name, len(rows), moments.min(), moments.max(), typical)


def _column_row(name: str, column: Column, facts: ColumnFacts, problem: Problem) -> _ColumnRow:
    if column.type in ("category", "boolean", "text"):
        shares = facts.most[:3] / facts.present
        summary = ", ".join(f"{value} {percent(share)}" for value, share in shares.items())
    elif facts.span is None or name in problem.key_columns:
        summary = "–"
    elif column.type == "timestamp":
        summary = f"{facts.span[0]:%Y-%m-%d} to {facts.span[2]:%Y-%m-%d}"
    else:
        summary = " · ".join(_amount(value, column) for value in facts.span)
    return _ColumnRow(
        name=name,
        column=column,
        allowed=_allowed_values(column) or "–",
        values=summary,
        distinct=facts.distinct,
        missing_share=facts.missing_share,
    )


def _amount(value: float, column: Column) -> str:
    plain = int(value) if value % 1 == 0 else float(value)
    # A year or a postal code is not a quantity and has no thousands separators.
    is_label = column.type == "integer" and column.unit in ("", "year")
    return str(plain) if is_label else number(plain)


def _allowed_values(column: Column) -> str:
    if column.range:
        return " to ".join(_amount(value, column) for value in column.range)
    if column.is_learnt:
        return "learnt from train"
    if column.type == "text":
        return f"up to {column.max_length} characters"
    values = column.allowed or ()
    ellipsis = " …" if len(values) > _MAX_VALUES else ""
    return ", ".join(values[:_MAX_VALUES]) + ellipsis


def _target_chart(labelled: Rows, problem: Problem) -> Markup:
    name = problem.target
    unit = problem.columns[name].unit
    label, alt = f"{name}, {unit}" if unit else name, f"Values of {name}"
    if problem.task == "classification":
        labels = class_labels(labelled[name])
        classes = problem.classes or _learnt_classes(labels)
        return chart_html(
            partial(figures.class_counts, values=labels, classes=classes, label=label),
            sentences.classes_sentence(labels),
            alt,
        )
    values = labelled[name].astype(float)
    return chart_html(
        partial(figures.distribution, rows=figures.count_values(values), label=label),
        sentences.distribution_sentence(values, unit),
        alt,
    )


def _learnt_classes(labels: pd.Series) -> list[str]:
    """Return the classes of a target without a list."""
    return sorted(labels.unique(), key=natural_order)


def _bad_rows(quarantine: pd.DataFrame, problem: Problem) -> list[_BadRow]:
    first = quarantine.head(_MAX_BAD_ROWS)
    keys = first[list(problem.key_columns)].itertuples(index=False, name=None)
    if not problem.key_columns:  # pandas yields no tuple at all
        keys = iter([()] * len(first))
    return [_BadRow(*row) for row in zip(first.index, keys, first[REASON_COLUMN], strict=True)]
