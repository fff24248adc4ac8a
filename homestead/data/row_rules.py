"""Rules of a problem's columns for each row: range, allowed values, and no missing value."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from homestead.data.column_types import format_value
from homestead.problem.schema import Problem
from homestead.problem.sections import Column


def broken_rules(rows: pd.DataFrame, problem: Problem) -> Iterator[tuple[int, str, str]]:
    """Yield row, column and reason for each value that breaks a rule of its column.

    Args:
        rows: the columns in their types, from
            :func:`homestead.data.column_types.convert_columns`, with an index from 0.
    """
    import pandera.pandas as pa

    schema = pa.DataFrameSchema(
        {
            name: pa.Column(None, _checks(name, column, problem), nullable=column.nullable)
            for name, column in problem.columns.items()
        }
    )
    try:
        schema.validate(rows, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
        for row, name, check, value in zip(
            cases["index"], cases["column"], cases["check"], cases["failure_case"], strict=True
        ):
            missing = check == "not_nullable"
            yield int(row), name, "missing" if missing else f"found {format_value(value)}, {check}"


def _checks(name: str, column: Column, problem: Problem) -> list[Any]:
    import pandera.pandas as pa

    checks = []
    if problem.target_log and name == problem.target:
        checks.append(pa.Check.gt(0, error="allowed is more than 0, for its logarithm"))
    if column.range:
        low, high = column.range
        checks.append(pa.Check.in_range(low, high, error=f"allowed is {low:g} to {high:g}"))
    if column.allowed:
        allowed = ", ".join(column.allowed)
        checks.append(pa.Check.isin(column.allowed, error=f"allowed are {allowed}"))
    return checks
