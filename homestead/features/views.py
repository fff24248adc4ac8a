"""Feature views as tables: values of entities, each with the time from which on it is known."""

import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq

from homestead.data.tables import write_parquet
from homestead.engine.buckets import Bucket, BucketJob, bucket_count, count_rows
from homestead.engine.run import run_buckets
from homestead.errors import UserError
from homestead.features.duckdb_tables import connect_for_queries
from homestead.features.view_sources.columns import write_columns_view
from homestead.features.view_sources.entity_queries import is_computed_by_entity
from homestead.features.view_sources.history import history_input, history_query
from homestead.features.view_sources.typed_view import column_names, merge_view, write_yielded
from homestead.features.view_sources.view_query import (
    query_input,
    query_rows,
    row_columns,
    run_query,
)
from homestead.problem.schema import Problem
from homestead.problem.sections.view import View

if TYPE_CHECKING:
    import duckdb

_QUERY_TIMEOUT_S = 3600.0


def compute_views(
    valid: Path, folder: Path, problem: Problem, report: Callable[[str], None] = lambda line: None
) -> None:
    """Write a Parquet file per view: entity (int64 or str), ``event_timestamp``, float64 features.

    Without time stamps an entity has one row, whose time is 1970-01-01.

    The same rows give the same bytes, whatever the number of cores: a view whose rows of an entity
    depend on no other entity is computed in buckets of entities
    (:mod:`homestead.engine.buckets`), any other as a whole, each on one thread over rows in the
    order of time and key. A table is in the order of time and entity. Rows without an entity or a
    time, which could be joined to nothing, are left out, and rows that are equal throughout count
    once.

    Args:
        valid: Parquet file of valid rows in the order of time and key, labelled predictions marked.
        report: takes lines of progress.

    Raises:
        UserError: a query fails, does not yield the entity, the event time or a feature, a view
            holds two different rows of an entity at one time, or memory and disk do not suffice.
    """
    # Of a problem without views, too, the folder is what the next step reads.
    folder.mkdir(parents=True, exist_ok=True)
    rows = count_rows(valid)
    jobs = {
        name: _view_job(name, view, valid, rows, problem)
        for name, view in problem.views.items()
        if not view.columns
    }
    with (
        tempfile.TemporaryDirectory(prefix="homestead-views-") as temporary,
        # Views of columns use the cores that a query over all rows, on one thread, leaves idle.
        ThreadPoolExecutor(1, thread_name_prefix="columns") as beside,
    ):
        written = {
            name: beside.submit(write_columns_view, valid, view, problem, view_file(folder, name))
            for name, view in problem.views.items()
            if view.columns
        }
        outputs = run_buckets(list(jobs.values()), Path(temporary), report)
        parts = dict(zip(jobs, outputs, strict=True))
        for name, view in problem.views.items():
            path = view_file(folder, name)
            if name in written and written[name].result():
                continue
            merge_view(view_key(name, view), parts.get(name, [path]), view, problem, path)


def view_tables(valid: pd.DataFrame, problem: Problem) -> dict[str, pd.DataFrame]:
    """Return a table per view, see :func:`compute_views`.

    Args:
        valid: ingested rows, in any order.

    Raises:
        UserError: as for :func:`compute_views`.
    """
    if not problem.views:
        return {}
    order = list(problem.identity_columns)
    with tempfile.TemporaryDirectory(prefix="homestead-rows-") as temporary:
        folder = Path(temporary)
        rows = folder / "valid.parquet"
        write_parquet(valid.sort_values(order, ignore_index=True, kind="stable"), rows)
        compute_views(rows, folder, problem)
        return {name: pd.read_parquet(view_file(folder, name)) for name in problem.views}


def write_views(tables: dict[str, pd.DataFrame], folder: Path) -> None:
    """Write each view's table to its file in ``folder``."""
    for name, table in tables.items():
        write_parquet(table, view_file(folder, name))


def view_file(folder: Path, view: str) -> Path:
    """Return the Parquet file of a view's table."""
    return folder / f"{view}.parquet"


def view_key(name: str, view: View) -> str:
    """Return the key of the problem file that says what a view is made of."""
    return f"views.{name}.{'query' if view.query else 'history' if view.history else 'columns'}"


def is_divisible(view: View, problem: Problem) -> bool:
    """Return whether a view's rows of an entity are known to depend on no other entity's."""
    return not view.query or is_computed_by_entity(view.query, view.entity, problem)


def view_buckets(view: View, rows: int, problem: Problem) -> int:
    """Return into how many buckets of entities the rows of a view are divided."""
    count = bucket_count(rows)
    return count if count == 1 or is_divisible(view, problem) else 1


def _view_job(name: str, view: View, valid: Path, rows: int, problem: Problem) -> BucketJob:
    buckets, key = view_buckets(view, rows, problem), view_key(name, view)
    if view.history:
        source = history_input(valid, view, problem, buckets)
        compute = partial(compute_history, key=key, view=view, problem=problem)
    else:
        source = query_input(valid, view.entity, problem, buckets)
        compute = partial(
            compute_query,
            key=key,
            view=view,
            problem=problem,
            names=row_columns(pq.read_schema(valid).names, problem),
            is_prepared=source.prepare is not None,
        )
    return BucketJob(key, buckets, (source,), compute, rows)


def compute_history(bucket: Bucket, *, key: str, view: View, problem: Problem) -> None:
    """Write one bucket of a view of past rows."""
    with _connection(key, bucket) as connection:
        query = history_query(connection, view, bucket.files[0], problem)
        run_query(connection, key, query)
        write_yielded(connection, key, column_names(view), view, problem, bucket.output)


def compute_query(
    bucket: Bucket, *, key: str, view: View, problem: Problem, names: list[str], is_prepared: bool
) -> None:
    """Write one bucket of a view by a query."""
    file = bucket.files[0]
    with _connection(key, bucket) as connection:
        yielded = query_rows(
            connection, key, view.query, file, problem, names, is_prepared=is_prepared
        )
        write_yielded(connection, key, yielded, view, problem, bucket.output)


@contextmanager
def _connection(key: str, bucket: Bucket) -> "Iterator[duckdb.DuckDBPyConnection]":
    """Open a connection that reads a bucket's files, and name the view in errors.

    What runs for too long, such as a recursion without end, is interrupted.
    """
    import duckdb

    with connect_for_queries(key, bucket.files, bucket.neighbours) as connection:
        timer = threading.Timer(_QUERY_TIMEOUT_S, connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield connection
        except duckdb.InterruptException:
            raise UserError(f"{key}: took longer than {_QUERY_TIMEOUT_S:g} s") from None
        except (duckdb.OutOfMemoryException, duckdb.IOException):
            raise  # named by the connection, which knows its limits
        except duckdb.Error as error:
            raise UserError(f"{key}: {error}") from None
        finally:
            timer.cancel()
