"""Feature views as tables: values of entities, each with the time from which on it is known."""

from pathlib import Path

import numpy as np
import pandas as pd

from homestead.data.tables import write_parquet
from homestead.errors import UserError
from homestead.names import EVENT_TIME
from homestead.problem.encoding import add_derived_columns, encode_columns
from homestead.problem.schema import Problem
from homestead.problem.sections import View


def view_tables(valid: pd.DataFrame, problem: Problem) -> dict[str, pd.DataFrame]:
    """Return a table per view: entity (int64 or str), ``event_timestamp``, features (float64).

    Args:
        valid: ingested rows.

    Raises:
        UserError: a query fails, or does not yield the entity, the event time or a feature.
    """
    return {
        name: _from_query(name, view, valid, problem)
        if view.query
        else _from_columns(view, valid, problem)
        for name, view in problem.views.items()
    }


def write_views(tables: dict[str, pd.DataFrame], folder: Path) -> None:
    """Write each view's table to its file in ``folder``."""
    for name, table in tables.items():
        write_parquet(table, view_file(folder, name))


def view_file(folder: Path, view: str) -> Path:
    """Return the Parquet file of a view's table."""
    return folder / f"{view}.parquet"


def is_text_entity(problem: Problem, entity: str) -> bool:
    """Return whether an entity's keys are text; otherwise they are integers."""
    column = problem.columns.get(entity)
    return column is not None and column.type == "category"


def _from_columns(view: View, valid: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    frame = add_derived_columns(valid, problem)
    numbers = encode_columns(frame, problem)
    table = pd.DataFrame({view.entity: frame[view.entity], EVENT_TIME: frame[problem.timestamp]})
    return _typed(table.assign(**{n: numbers[n] for n in view.columns}), view, problem)


def _from_query(name: str, view: View, valid: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    import duckdb

    connection = duckdb.connect()
    try:
        connection.register("rows", add_derived_columns(valid, problem))
        table = connection.sql(view.query).df()
    except duckdb.Error as error:
        raise UserError(f"views.{name}.query: {error}") from None
    finally:
        connection.close()
    for column in (view.entity, EVENT_TIME, *view.features):
        if column not in table:
            raise UserError(
                f"views.{name}.query: yields no column {column}; found {', '.join(table.columns)}"
            )
    return _typed(table, view, problem)


def _typed(table: pd.DataFrame, view: View, problem: Problem) -> pd.DataFrame:
    table = table[table[view.entity].notna()].copy()
    if is_text_entity(problem, view.entity):
        table[view.entity] = table[view.entity].astype(str)
    else:
        table[view.entity] = np.floor(table[view.entity].astype(float)).astype("int64")
    table[EVENT_TIME] = pd.to_datetime(table[EVENT_TIME], utc=True).astype("datetime64[us, UTC]")
    types = dict.fromkeys(view.names, "float64")
    columns = list(dict.fromkeys([view.entity, EVENT_TIME, *view.names]))
    return table.astype(types)[columns].sort_values(EVENT_TIME, ignore_index=True)
