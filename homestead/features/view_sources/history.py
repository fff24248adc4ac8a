"""Views of past rows: lags and rolling windows, counted back from the latest row that is known.

A row is known from the view's horizon after its time stamp on, for a horizon of 0 from right after
it. Its values depend on nothing later, so that a training row and a request at the same time
get the same ones. Rows of an entity at one time are in the order of the table, and known together.
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from homestead.features.duckdb_tables import column_array, key_sql
from homestead.problem.encoding import encode_columns, encode_compared
from homestead.problem.expressions.history import LAG, PastValue, parse_past_value
from homestead.problem.expressions.text_codes import text_code
from homestead.problem.schema import Problem
from homestead.problem.sections.view import View
from homestead.problem.split import required_timestamp

if TYPE_CHECKING:
    import duckdb

_PAST = "past"
_MICROSECONDS = 1_000_000
_DAY_US = 86400 * _MICROSECONDS
# Functions of DuckDB; sums and means that keep their digits over long windows.
_AGGREGATES = {
    "count": "count",
    "max": "max",
    "mean": "favg",
    "median": "median",
    "min": "min",
    "std": "stddev_samp",
    "sum": "fsum",
}


def history_query(
    connection: "duckdb.DuckDBPyConnection",
    view: View,
    rows: pd.DataFrame,
    problem: Problem,
    *,
    text_entity: bool,
) -> str:
    """Make a table of past rows in a connection, and return the query of a view of them.

    Args:
        rows: valid rows with derived columns, in order.
        text_entity: whether the entity's keys are text.

    Returns:
        A query that yields the entity, the event time and the features in the view's order.
    """

    def code(column: str, text: str) -> float:
        return text_code(problem.columns[column], text)

    values = [parse_past_value(text, code) for text in view.history.values()]
    if any(problem.target in past.value.names for past in values):
        rows = rows[rows[problem.target].notna()]
    numbers = encode_columns(rows, problem)
    numbers |= encode_compared(rows, problem.columns, (past.value for past in values))
    given = pa.table(
        {
            "entity": column_array(rows[view.entity], problem),
            "time": column_array(rows[required_timestamp(problem)], problem),
            "position": np.arange(len(rows)),
            **{
                f"v{i}": pa.array(past.value.evaluate_columns(numbers), from_pandas=True)
                for i, past in enumerate(values)
            },
        }
    )
    connection.register("given", given)
    [key_type] = connection.sql("SELECT entity FROM given").types
    key = key_sql("entity", key_type.id, text=text_entity)
    connection.execute(
        f"CREATE TEMP TABLE {_PAST} AS SELECT * FROM (SELECT * EXCLUDE (entity, time),"
        f" {key} AS e, epoch_us(time) AS t FROM given) WHERE e IS NOT NULL"
    )
    return _query(values, round((view.horizon_days or 0) * _DAY_US))


def _query(values: list[PastValue], horizon_us: int) -> str:
    """Return the query over past rows: entity e, time t in microseconds, position, v0, …."""
    windows = [f"w{i} AS (PARTITION BY e ORDER BY {_frame(past)})" for i, past in enumerate(values)]
    lags = [i for i, past in enumerate(values) if past.function == LAG and past.unit_s]
    joins = [
        f"ASOF LEFT JOIN latest AS l{i} ON l{i}.e = latest.e"
        f" AND latest.t - {values[i].span_s * _MICROSECONDS} >= l{i}.t"
        for i in lags
    ]
    # A row that is known right after its time is known from the next microsecond on.
    return f"""
        WITH computed AS (
          SELECT *, {", ".join(_value(i, past) for i, past in enumerate(values))}
          FROM {_PAST} WINDOW {", ".join(windows)}
        ), latest AS (  -- of an entity's rows at one time the last
          SELECT * FROM computed
          QUALIFY row_number() OVER (PARTITION BY e, t ORDER BY position DESC) = 1
        )
        SELECT latest.e, make_timestamp(latest.t + {max(1, horizon_us)}),
               {", ".join(_feature(i, past) for i, past in enumerate(values))}
        FROM latest {" ".join(joins)}
    """


def _frame(past: PastValue) -> str:
    if past.unit_s and past.function != LAG:
        return f"t RANGE BETWEEN {past.span_s * _MICROSECONDS - 1} PRECEDING AND CURRENT ROW"
    return f"t, position ROWS BETWEEN {past.span - 1} PRECEDING AND CURRENT ROW"


def _value(i: int, past: PastValue) -> str:
    """Return the value f0, f1, … as of a row; a lag by time is joined later."""
    if past.function != LAG:
        return f"{_AGGREGATES[past.function]}(v{i}) OVER w{i} AS f{i}"
    return f"lag(v{i}, {0 if past.unit_s else past.span - 1}) OVER w{i} AS f{i}"


def _feature(i: int, past: PastValue) -> str:
    if past.function != LAG or not past.unit_s:
        return f"latest.f{i}"
    limits = past.span_s * _MICROSECONDS, past.unit_s * _MICROSECONDS
    return f"CASE WHEN latest.t - {limits[0]} - l{i}.t < {limits[1]} THEN l{i}.v{i} END"
