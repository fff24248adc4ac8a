"""Point-in-time join: of each request the latest values of its entity that were known at its time.

A view's rows and the requests are divided by the entity, and DuckDB's ``ASOF JOIN`` joins each
bucket. No value is computed, so that the bits depend on neither buckets nor threads.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from homestead.engine.buckets import (
    BUCKET,
    POSITION,
    Bucket,
    BucketInput,
    BucketJob,
    bucket_count,
    count_rows,
)
from homestead.engine.limits import connect
from homestead.engine.query_results import read_query
from homestead.features.duckdb_tables import is_text_entity, parquet_list
from homestead.features.offline.bucketed_rows import (
    bucket_numbers,
    canonical_keys,
    columns_read,
    key_column,
    schema_of,
    times_us,
    with_derived,
)
from homestead.files import atomic_path
from homestead.names import EVENT_TIME
from homestead.problem.schema import Problem
from homestead.problem.sections.view import View


def join_job(
    name: str, view: View, features: Sequence[str], valid: Path, table: Path, problem: Problem
) -> BucketJob:
    """Return the job that joins a view's features to all valid rows with a target.

    Its output has the column ``position`` of a row and the features as c0, c1, … (float64, null
    where none is known or all are older than the view's time to live), in the order of positions.

    Args:
        valid: Parquet file of valid rows.
        table: Parquet file of the view's table.
    """
    buckets = bucket_count(max(count_rows(valid), count_rows(table)))
    names = [view.entity, problem.target, *([problem.timestamp] if problem.timestamp else [])]
    key = {"key": pa.string() if is_text_entity(problem, view.entity) else pa.int64()}
    values = {f"c{i}": pa.float64() for i, _ in enumerate(features)}
    requests = BucketInput(
        valid,
        tuple(columns_read(names, problem, pq.read_schema(valid).names)),
        partial(prepare_requests, entity=view.entity, problem=problem, buckets=buckets),
        schema_of({**key, "time": pa.int64()}),
    )
    known = BucketInput(
        table,
        (view.entity, EVENT_TIME, *features),
        partial(prepare_known, features=tuple(features), buckets=buckets),
        schema_of({**key, "time": pa.int64(), **values}),
    )
    ttl_us = timedelta(days=view.ttl_days) // timedelta(microseconds=1)
    compute = partial(
        join_bucket, purpose=f"views.{name}: join", features=len(features), ttl_us=ttl_us
    )
    return BucketJob(f"{name}: joined", buckets, (requests, known), compute, count_rows(valid))


def prepare_requests(table: pa.Table, *, entity: str, problem: Problem, buckets: int) -> pa.Table:
    """Return the position, bucket, key and time of the rows that have a target."""
    table = with_derived(table, problem)
    table = table.filter(pc.is_valid(table.column(problem.target)))
    places, keys = table.column(POSITION).combine_chunks(), key_column(table, entity, problem)
    return pa.table(
        {
            POSITION: places,
            BUCKET: bucket_numbers(keys, places, buckets),
            "key": keys,
            "time": times_us(table, problem),
        }
    )


def prepare_known(table: pa.Table, *, features: tuple[str, ...], buckets: int) -> pa.Table:
    """Return the position, bucket, key, time and features of a view's rows."""
    entity, times, *_ = table.column_names
    places, keys = table.column(POSITION).combine_chunks(), canonical_keys(table.column(entity))
    instants = table.column(times).combine_chunks().cast(pa.timestamp("us", "UTC"))
    return pa.table(
        {
            POSITION: places,
            BUCKET: bucket_numbers(keys, places, buckets),
            "key": keys,
            "time": instants.cast(pa.int64()),
            **{f"c{i}": table.column(n).cast(pa.float64()) for i, n in enumerate(features)},
        }
    )


def join_bucket(bucket: Bucket, *, purpose: str, features: int, ttl_us: int) -> None:
    """Write the joined features of one bucket's requests."""
    requests, known = (parquet_list([file]) for file in bucket.files)
    columns = [f"c{i}" for i in range(features)]
    values = [f"CASE WHEN r.time - v.time <= {ttl_us} THEN v.{c} END AS {c}" for c in columns]
    schema = pa.schema([(POSITION, pa.int64()), *((c, pa.float64()) for c in columns)])
    with connect(
        threads=1, purpose=purpose, preserve_order=False, connections=bucket.neighbours
    ) as connection:
        reader = read_query(
            connection,
            f"""
            SELECT r.position, {", ".join(values)}
            FROM {requests} AS r
            ASOF LEFT JOIN {known} AS v ON r.key = v.key AND r.time >= v.time
            ORDER BY r.position
            """,
        )
        with (
            atomic_path(bucket.output) as temporary,
            pq.ParquetWriter(temporary, schema) as writer,
        ):
            for batch in reader:
                writer.write_table(pa.Table.from_batches([batch]).cast(schema))
