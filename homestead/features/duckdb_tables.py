"""Tables in DuckDB: typed rows for view queries, and keys in their canonical form."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from homestead.data.checking.plain_values import ARROW_TYPES
from homestead.engine.limits import connect
from homestead.problem.schema import Problem

if TYPE_CHECKING:
    import duckdb

# Event time of all rows of a problem without time stamps, as Feast and the file format need one.
NO_TIME = pd.Timestamp(0)
_WHOLE_NUMBERS = (
    *("boolean", "tinyint", "smallint", "integer", "bigint", "hugeint"),
    *("utinyint", "usmallint", "uinteger", "ubigint", "uhugeint"),
)
_FRACTIONS = ("float", "double", "decimal")
_TIMES = ("timestamp", "timestamp_ns", "timestamp_ms", "timestamp_s", "date")
_INSTANT = "timestamp with time zone"


@contextmanager
def connect_for_queries(
    purpose: str, files: Sequence[Path] = (), connections: int = 1
) -> "Iterator[duckdb.DuckDBPyConnection]":
    """Open a database for queries of others: nothing but registered tables can be read.

    Files, networks, extensions and settings are out of their reach. One thread makes sums of
    doubles, ties in windows and ``random()`` the same in each run over the same rows.

    Args:
        purpose: key of the query in the problem file.
        files: which can be read all the same.
        connections: how many share the memory at the same time.

    Raises:
        UserError: a query needs more memory or disk than there is.
    """
    options = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    with connect(
        threads=1, purpose=purpose, options=options, connections=connections
    ) as connection:
        connection.execute(f"SET allowed_paths = [{_literals(files)}]")
        # The folder of what does not fit in memory can be named only before.
        connection.execute("SET enable_external_access = false")
        connection.execute("SELECT setseed(0)").fetchall()
        connection.execute("SET lock_configuration = true")
        yield connection


def is_text_entity(problem: Problem, entity: str) -> bool:
    """Return whether an entity's keys are text; otherwise they are integers."""
    column = problem.columns.get(entity)
    return column is not None and column.type in ("category", "text")


def arrow_table(frame: pd.DataFrame, problem: Problem) -> pa.Table:
    """Return a frame's columns in the problem's types; derived and other columns are doubles."""
    arrays = [column_array(frame[name], problem) for name in frame.columns]
    return pa.table(arrays, names=list(frame.columns))


def column_array(values: pd.Series, problem: Problem) -> pa.Array:
    """Return one column in the type that the problem gives to its name; NaN and NaT are null."""
    return pa.Array.from_pandas(values, type=_arrow_type(str(values.name), problem))


def arrow_schema(names: Sequence[str], problem: Problem) -> pa.Schema:
    """Return the types of columns: the problem's, doubles for derived and other columns."""
    return pa.schema([(name, _arrow_type(name, problem)) for name in names])


def _arrow_type(name: str, problem: Problem) -> pa.DataType:
    column = problem.columns.get(name)
    return ARROW_TYPES[column.type] if column else pa.float64()


def key_sql(expression: str, type_id: str, *, text: bool) -> str:
    """Return the expression that turns a key into its canonical form, null if there is none.

    It agrees with :func:`homestead.problem.entity_keys.canonical_key`. A number outside of signed
    64-bit integers is no key.

    Args:
        type_id: the expression's type in DuckDB.
        text: whether the entity's keys are text; otherwise they are integers.

    Raises:
        TypeError: values of this type are no keys of the entity; the text names what is allowed.
    """
    if text:
        if type_id in ("varchar", *_WHOLE_NUMBERS):
            return f"CAST({expression} AS VARCHAR)"
        raise TypeError("text")
    if type_id in _WHOLE_NUMBERS:
        return f"TRY_CAST({expression} AS BIGINT)"
    if type_id in _FRACTIONS:
        return f"TRY_CAST(floor({expression}) AS BIGINT)"
    raise TypeError("a number")


def time_sql(expression: str, type_id: str) -> str:
    """Return the expression that turns a time into a timestamp in UTC without a zone.

    Raises:
        TypeError: values of this type are no times; the text names what is allowed.
    """
    if type_id == _INSTANT:
        return f"make_timestamp(epoch_us({expression}))"
    if type_id in _TIMES:
        return f"CAST({expression} AS TIMESTAMP)"
    raise TypeError("a timestamp")


def number_sql(expression: str, type_id: str) -> str:
    """Return the expression that turns a feature into a double.

    Raises:
        TypeError: values of this type are no numbers; the text names what is allowed.
    """
    if type_id in (*_WHOLE_NUMBERS, *_FRACTIONS):
        return f"CAST({expression} AS DOUBLE)"
    raise TypeError("a number")


def parquet_columns(path: Path, names: Sequence[str]) -> tuple[list[str], str]:
    """Return SQL for some columns of a Parquet file, and for the table; its path is a parameter.

    Columns are named by position, because names in SQL ignore case.
    """
    columns = {name: f"c{i}" for i, name in enumerate(pq.read_schema(path).names)}
    return [columns[n] for n in names], f"read_parquet(?) AS t({', '.join(columns.values())})"


def parquet_list(paths: Sequence[Path]) -> str:
    """Return SQL for the rows of Parquet files, one file after the other."""
    return f"read_parquet([{_literals(paths)}])"


def _literals(paths: Sequence[Path]) -> str:
    return ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
