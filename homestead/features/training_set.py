"""Training set: each valid row with a target, and the feature values known at its time."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from homestead.data.labelled_rows import labelled_rows
from homestead.engine.limits import connect
from homestead.features.duckdb_tables import column_array, key_sql, parquet_columns
from homestead.features.views import NO_TIME, is_text_entity, view_file
from homestead.names import EVENT_TIME
from homestead.problem.encoding import add_derived_columns
from homestead.problem.schema import Problem
from homestead.problem.sections.view import View
from homestead.problem.split import with_split

if TYPE_CHECKING:
    import duckdb


def training_set(valid: pd.DataFrame, folder: Path, problem: Problem) -> pd.DataFrame:
    """Join every view's features point-in-time, and split the rows.

    Args:
        valid: ingested rows.
        folder: the views' tables, from :func:`homestead.features.views.write_views`.

    Returns:
        The valid rows that have a target, in their order, with the features of queries, the derived
        columns, and ``split``: train, validation or holdout. A view's value is the latest one
        known at the row's time and not older than the view's time to live, otherwise NaN. A row
        without a key has no value. Without time stamps it is the entity's only value.
    """
    labelled = labelled_rows(valid, problem)
    rows = add_derived_columns(labelled, problem).reset_index(drop=True)
    joined: dict[str, np.ndarray] = {}
    with connect(purpose="training set") as connection:
        for name, view in problem.views.items():
            features = [feature for feature in view.names if feature not in rows]
            if features:
                _register_requests(connection, rows, view, problem)
                joined |= _latest_known(connection, view_file(folder, name), view, features)
    rows = pd.concat([rows, pd.DataFrame(joined, index=rows.index)], axis=1)
    rows = add_derived_columns(rows, problem)
    return with_split(rows, problem)


def _register_requests(
    connection: "duckdb.DuckDBPyConnection", rows: pd.DataFrame, view: View, problem: Problem
) -> None:
    """Make the view ``requests``: of each row its position, key, and time in microseconds."""
    if problem.timestamp is None:
        times = pa.array([NO_TIME.to_pydatetime()] * len(rows), pa.timestamp("us"))
    else:
        times = column_array(rows[problem.timestamp], problem)
    table = pa.table(
        {
            "position": np.arange(len(rows)),
            "entity": column_array(rows[view.entity], problem),
            "time": times,
        }
    )
    connection.register("given", table)
    [key_type] = connection.sql("SELECT entity FROM given").types
    key = key_sql("entity", key_type.id, text=is_text_entity(problem, view.entity))
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW requests AS"
        f" SELECT position, {key} AS key, epoch_us(time) AS time FROM given"
    )


def _latest_known(
    connection: "duckdb.DuckDBPyConnection", path: Path, view: View, features: Sequence[str]
) -> dict[str, np.ndarray]:
    """Return each request's values of some features, NaN where none is known or all are too old.

    Returns:
        By feature an array of shape (requests,), float64, in the order of positions.
    """
    (key, time, *stored), table = parquet_columns(path, [view.entity, EVENT_TIME, *features])
    time_to_live = timedelta(days=view.ttl_days) // timedelta(microseconds=1)
    known = f"SELECT {key} AS key, epoch_us(CAST({time} AS TIMESTAMPTZ)) AS time, * FROM {table}"
    values = [f"CASE WHEN r.time - v.time <= {time_to_live} THEN v.{c} END AS {c}" for c in stored]
    result = connection.execute(
        f"""
        SELECT {", ".join(values)}
        FROM requests AS r
        ASOF LEFT JOIN ({known}) AS v ON r.key = v.key AND r.time >= v.time
        ORDER BY r.position
        """,
        [str(path)],
    ).df()
    return {
        name: result[column].to_numpy(dtype=float)
        for name, column in zip(features, stored, strict=True)
    }
