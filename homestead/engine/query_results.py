"""Results of DuckDB's queries as batches of Arrow, which are computed as they are read."""

from typing import TYPE_CHECKING

import pyarrow as pa

from homestead.engine.buckets import BATCH_ROWS

if TYPE_CHECKING:
    import duckdb


def read_query(
    connection: "duckdb.DuckDBPyConnection", query: str, rows: int = BATCH_ROWS
) -> pa.RecordBatchReader:
    """Return a reader of a query's result.

    Args:
        rows: of a batch, at most.
    """
    relation = connection.sql(query)
    if hasattr(relation, "to_arrow_reader"):
        return relation.to_arrow_reader(rows)
    return relation.fetch_arrow_reader(rows)  # before DuckDB 1.5
