"""Ingest: the source's rows checked against the problem; bad rows set aside with the reason."""

import difflib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from homestead.data.tables import read_table
from homestead.errors import UserError
from homestead.problem.encoding import add_derived_columns
from homestead.problem.parts import Column
from homestead.problem.schema import Problem

REASON = "reason"
_TRUE = {"true", "1", "yes", "1.0"}
_FALSE = {"false", "0", "no", "0.0"}
_WORDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "category": "text",
    "timestamp": "a time as ISO 8601 writes it (2024-05-31, 2024-05-31T12:00:00Z)",
}
# Beyond it a float64 does not hold each whole number.
_EXACT = 2**53


@dataclass(frozen=True)
class CheckedRows:
    """Rows parted by the problem's rules.

    Attributes:
        valid: good rows, in the problem's column order and types, with derived columns, by time.
        quarantine: bad rows as they came, with a column ``reason``.
        rows: how many there were.
    """

    valid: pd.DataFrame
    quarantine: pd.DataFrame
    rows: int


@dataclass(frozen=True)
class IngestedRows(CheckedRows):
    """Checked rows, where they came from, and the SHA-256 of that file."""

    source: str
    data_hash: str


def ingest(problem: Problem) -> IngestedRows:
    """Read the problem's source and check it.

    Raises:
        UserError: the source can't be read, or :func:`check_rows` refuses it.
    """
    table, data_hash = read_table(problem.source)
    checked = check_rows(table, problem)
    return IngestedRows(**vars(checked), source=problem.source, data_hash=data_hash)


def check_rows(frame: pd.DataFrame, problem: Problem) -> CheckedRows:
    """Part the rows into valid and quarantined.

    Raises:
        UserError: a column is missing or of another type as a whole, a key is there twice at
            one time, no row is good, or more are bad than ``problem.max_bad_row_share`` allows.
    """
    _check_columns(frame, problem)
    raw = frame[list(problem.columns)].reset_index(drop=True)
    typed, reasons = _typed(raw, problem)
    for row, reason in _broken_rules(typed, problem):
        # A value that could not be converted is not also "missing".
        if not any(said.startswith(reason.partition(":")[0] + ":") for said in reasons[row]):
            reasons[row].append(reason)
    bad = np.array([bool(found) for found in reasons])
    quarantine = raw[bad].assign(**{REASON: ["; ".join(found) for found in reasons if found]})
    if bad.mean() > problem.max_bad_row_share:
        first = quarantine[REASON].iloc[0]
        raise UserError(
            f"{problem.source}: {bad.sum()} of {len(raw)} rows are bad, allowed is a share of"
            f" {problem.max_bad_row_share}; the first, row {quarantine.index[0]}: {first}"
        )
    if bad.all():
        raise UserError(f"{problem.source}: none of {len(raw)} rows is good: {reasons[0][0]}")
    valid = _final_types(typed[~bad], problem)
    _check_keys(valid, problem)
    valid = valid.sort_values([problem.timestamp, problem.key], ignore_index=True)
    return CheckedRows(add_derived_columns(valid, problem), quarantine, len(raw))


def _check_columns(frame: pd.DataFrame, problem: Problem) -> None:
    missing = [name for name in problem.columns if name not in frame]
    if not missing:
        return
    hints = []
    others = [str(name) for name in frame.columns if name not in problem.columns]
    for name in missing:
        close = difflib.get_close_matches(name, others, 1, 0.5)
        hints.append(f"{name} (perhaps renamed to {close[0]})" if close else name)
    raise UserError(
        f"{problem.source}: missing column {', '.join(hints)};"
        f" found are {', '.join(map(str, frame.columns))}"
    )


def _typed(raw: pd.DataFrame, problem: Problem) -> tuple[pd.DataFrame, list[list[str]]]:
    """The columns in their types; per row the reasons why a value has none."""
    reasons: list[list[str]] = [[] for _ in range(len(raw))]
    typed = {}
    for name, column in problem.columns.items():
        values = _convert(raw[name], column)
        given = raw[name].notna()
        lost = given & values.isna()
        if given.any() and lost.sum() == given.sum():
            found = raw[name][given].iloc[0]
            raise UserError(
                f"{problem.source}: column {name}: found {_shown(found)},"
                f" allowed is {_WORDS[column.type]}"
            )
        for row in np.flatnonzero(lost):
            found = _shown(raw[name].iloc[row])
            reasons[row].append(f"{name}: found {found}, allowed is {_WORDS[column.type]}")
        typed[name] = values
    return pd.DataFrame(typed), reasons


def _shown(value: Any) -> str:
    """A value as it stands in the file: a number bare, anything else in quotes."""
    if isinstance(value, bool | np.bool_):
        return str(value)
    if isinstance(value, int | float | np.number):
        return f"{value:.15g}"
    return repr(str(value))


def _convert(values: pd.Series, column: Column) -> pd.Series:
    """The values in the column's type; missing where they are not of it."""
    if column.type == "timestamp":
        if pd.api.types.is_numeric_dtype(values):
            return pd.Series(pd.NaT, index=values.index)
        moments = pd.to_datetime(values, errors="coerce", utc=True, format="ISO8601")
        return moments.dt.tz_localize(None).astype("datetime64[us]")
    if column.type == "category":
        whole = pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all()
        # Whole numbers beside missing ones come as floats: 2.0 is the category "2".
        return (values.astype("Int64") if whole else values).astype("string")
    if column.type == "boolean":
        words = values.astype("string").str.lower()
        found = words.map({**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)})
        return found.astype("boolean")
    if pd.api.types.is_bool_dtype(values):
        return pd.Series(np.nan, index=values.index)
    return _numbers(values, column)


def _numbers(values: pd.Series, column: Column) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce")
    if column.type == "integer" and pd.api.types.is_signed_integer_dtype(numbers):
        return numbers.astype("Int64")
    numbers = numbers.astype("Float64").astype(float)
    numbers = numbers.where(np.isfinite(numbers))
    if column.type == "number":
        return numbers
    return numbers.where((numbers % 1 == 0) & (numbers.abs() < _EXACT)).astype("Int64")


def _broken_rules(typed: pd.DataFrame, problem: Problem) -> list[tuple[int, str]]:
    """Row and reason for each value that is not of the range, the list, or is missing."""
    import pandera.pandas as pa

    def rules(name: str, column: Column) -> list[Any]:
        checks = []
        if problem.target_log and name == problem.target:
            checks.append(pa.Check.gt(0, error="allowed is more than 0, for its logarithm"))
        if column.range:
            low, high = column.range
            checks.append(pa.Check.in_range(low, high, error=f"allowed is {low:g} to {high:g}"))
        if column.allowed:
            listed = ", ".join(column.allowed)
            checks.append(pa.Check.isin(column.allowed, error=f"allowed are {listed}"))
        return checks

    schema = pa.DataFrameSchema(
        {n: pa.Column(None, rules(n, c), nullable=c.nullable) for n, c in problem.columns.items()}
    )
    try:
        schema.validate(typed, lazy=True)
    except pa.errors.SchemaErrors as error:
        found = error.failure_cases
        return [
            (
                int(row),
                f"{name}: "
                + ("missing" if check == "not_nullable" else f"found {_shown(case)}, {check}"),
            )
            for row, name, check, case in zip(
                found["index"], found["column"], found["check"], found["failure_case"], strict=True
            )
        ]
    return []


def _final_types(valid: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    """Numpy's types; a nullable integer is float64, a nullable boolean stays ``boolean``."""
    final = {"boolean": "bool", "integer": "int64", "category": "object"}
    nullable = {"boolean": "boolean", "integer": "float64", "category": "object"}
    types = {
        name: (nullable if column.nullable else final).get(column.type)
        for name, column in problem.columns.items()
    }
    valid = valid.astype({name: kind for name, kind in types.items() if kind})
    texts = valid.select_dtypes("object")
    # One kind of missing: None, also after a round trip through Parquet.
    return valid.assign(**texts.where(texts.notna(), None))


def _check_keys(valid: pd.DataFrame, problem: Problem) -> None:
    keys = [problem.key, problem.timestamp]
    twice = valid[valid.duplicated(keys, keep=False)]
    if len(twice):
        key, moment = twice.iloc[0][keys]
        raise UserError(
            f"{problem.source}: {len(twice)} rows share {problem.key} and {problem.timestamp};"
            f" the first is {key} at {moment}; allowed is one"
        )
