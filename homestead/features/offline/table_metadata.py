"""Metadata of a training set's file: types for pandas, and the buckets that it was made of."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from homestead.data.labelled.training_rows import LABELLED_COLUMN
from homestead.engine.buckets import bucket_count, count_rows, read_batches
from homestead.problem.schema import Problem

BUCKETS_KEY = "homestead.buckets"
# Of a target without missing values.
_PLAIN_TYPES = {"Int64": "int64", "boolean": "bool"}
_PANDAS = b"pandas"


def training_set_metadata(valid: Path, schema: pa.Schema, problem: Problem) -> dict[str, str]:
    """Return the metadata of a training set.

    Args:
        valid: Parquet file of valid rows, whose columns keep their types in pandas.
        schema: of the training set.
    """
    count = count_rows(valid)
    rows = sum(
        len(batch) - batch.column(problem.target).null_count
        for batch in read_batches(valid, [problem.target])
    )
    buckets = {
        "buckets": bucket_count(count),
        "rows": count,
        "order": list(problem.identity_columns),
    }
    metadata = {BUCKETS_KEY: json.dumps(buckets)}
    known = (pq.read_schema(valid).metadata or {}).get(_PANDAS)
    if known is not None:
        pandas = _pandas_metadata(json.loads(known), schema, rows, rows < count, problem)
        metadata[_PANDAS.decode()] = json.dumps(pandas)
    return metadata


def read_buckets(dataset: Path) -> dict[str, Any]:
    """Return what a training set's file records of its buckets; empty for one of earlier versions.

    ``buckets`` is their number, ``rows`` those of all valid rows, ``order`` the columns by which
    the rows of a bucket are sorted.
    """
    metadata = pq.read_metadata(dataset).metadata or {}
    recorded: dict[str, Any] = json.loads(metadata.get(BUCKETS_KEY.encode(), b"{}"))
    return recorded


def _pandas_metadata(
    valid: dict[str, Any], schema: pa.Schema, rows: int, is_filtered: bool, problem: Problem
) -> dict[str, Any]:
    columns = {column["name"]: column for column in valid["columns"] if column["name"]}
    columns.pop(LABELLED_COLUMN, None)
    target = columns.get(problem.target)
    if is_filtered and target is not None:
        plain = _PLAIN_TYPES.get(target["numpy_type"], target["numpy_type"])
        columns[problem.target] = {**target, "numpy_type": plain}
    described = [columns.get(field.name) or _pandas_column(field) for field in schema]
    index = [{"kind": "range", "name": None, "start": 0, "stop": rows, "step": 1}]
    return {**valid, "index_columns": index, "columns": described}


def _pandas_column(field: pa.Field) -> dict[str, Any]:
    is_number = pa.types.is_floating(field.type)
    return {
        "name": field.name,
        "field_name": field.name,
        "pandas_type": "float64" if is_number else "unicode",
        "numpy_type": "float64" if is_number else "object",
        "metadata": None,
    }
