"""Views of past rows: lags and rolling windows, counted back from the latest row that is known.

A row is known from the view's horizon after its time stamp on, for a horizon of 0 from right after
it. Its values depend on nothing later, so that a training row and a request at the same time
get the same ones. Rows of an entity at one time are in the order of the table, and known together.
"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from homestead.data.exact_frame import exact_frame
from homestead.engine.buckets import POSITION, BucketInput
from homestead.features.duckdb_tables import is_text_entity, parquet_list
from homestead.features.offline.bucketed_rows import (
    bucket_numbers,
    columns_read,
    key_column,
    prepared,
    schema_of,
    times_us,
    with_derived,
    without_labelled,
)
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


def history_input(valid: Path, view: View, problem: Problem, buckets: int) -> BucketInput:
    """Return the valid rows as :func:`history_query` reads them, divided by the entity."""
    values = _past_values(view, problem)
    names = {view.entity, required_timestamp(problem)}.union(*(p.value.names for p in values))
    if _reads_target(values, problem):
        names.add(problem.target)
    return BucketInput(
        valid,
        tuple(columns_read(names, problem, pq.read_schema(valid).names)),
        partial(prepare_past, view=view, problem=problem, buckets=buckets),
        _schema(view, problem),
    )


def prepare_past(table: pa.Table, *, view: View, problem: Problem, buckets: int) -> pa.Table:
    """Return of each row its entity e, time t in microseconds, and the values v0, v1, … read.

    Rows without an entity are left out, and if a value reads the target, rows without one.
    """
    values = _past_values(view, problem)
    table = with_derived(without_labelled(table), problem)
    if _reads_target(values, problem):
        table = table.filter(pc.is_valid(table.column(problem.target)))
    table = table.append_column("e", key_column(table, view.entity, problem))
    table = table.filter(pc.is_valid(table.column("e")))
    frame = exact_frame(table.drop_columns([POSITION, "e"]))
    numbers = encode_columns(frame, problem)
    numbers |= encode_compared(frame, problem.columns, (past.value for past in values))
    places, keys = (table.column(name).combine_chunks() for name in (POSITION, "e"))
    columns = {
        "position": places,
        "bucket": bucket_numbers(keys, places, buckets),
        "e": keys,
        "t": times_us(table, problem),
        **{
            f"v{i}": pa.array(past.value.evaluate_columns(numbers), from_pandas=True)
            for i, past in enumerate(values)
        },
    }
    return prepared(columns, _schema(view, problem))


def history_query(
    connection: "duckdb.DuckDBPyConnection", view: View, rows: Path, problem: Problem
) -> str:
    """Make a table of past rows in a connection, and return the query of a view of them.

    Args:
        rows: Parquet file of rows from :func:`prepare_past`, in order.

    Returns:
        A query that yields the entity, the event time and the features in the view's order.
    """
    connection.execute(f"CREATE TEMP TABLE {_PAST} AS SELECT * FROM {parquet_list([rows])}")
    return _query(_past_values(view, problem), round((view.horizon_days or 0) * _DAY_US))


def _past_values(view: View, problem: Problem) -> list[PastValue]:
    def code(column: str, text: str) -> float:
        return text_code(problem.columns[column], text)

    return [parse_past_value(text, code) for text in view.history.values()]


def _reads_target(values: list[PastValue], problem: Problem) -> bool:
    return any(problem.target in past.value.names for past in values)


def _schema(view: View, problem: Problem) -> pa.Schema:
    key = pa.string() if is_text_entity(problem, view.entity) else pa.int64()
    numbers = {f"v{i}": pa.float64() for i, _ in enumerate(view.history)}
    return schema_of({"e": key, "t": pa.int64(), **numbers})


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
