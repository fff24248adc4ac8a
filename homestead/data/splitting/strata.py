"""A stratified split of rows on disk: what depends on all rows, the database sorts.

The parts are those of :func:`homestead.problem.split.split_names`, whose rule needs the hash and
the stratum of each row. Here both are in a file, and memory holds two hashes of each stratum.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from homestead.data.checking.store import run_query, sql_file
from homestead.data.exact_frame import exact_frame
from homestead.engine.buckets import POSITION, read_batches
from homestead.engine.limits import connect
from homestead.problem.schema import Problem
from homestead.problem.sections.split import StratifiedSplit
from homestead.problem.split import MAX_STRATA, TENTHS, row_hashes

if TYPE_CHECKING:
    import duckdb

_HASH, _VALUE = "hash", "value"
_FETCHED_ROWS = 131_072


def write_stratified_parts(
    valid: Path, problem: Problem, split: StratifiedSplit, folder: Path
) -> Path:
    """Write the part of each row with a target, a byte each, in their order.

    Args:
        valid: Parquet file of valid rows.
        folder: for the files.

    Returns:
        The file: 0 for train, 1 for validation, 2 for the holdout.

    Raises:
        UserError: memory and disk do not suffice.
    """
    rows, parts = folder / "strata.parquet", folder / "parts.bytes"
    _write_hashes(valid, problem, split, rows)
    with connect(preserve_order=False, purpose="the stratified split") as connection:
        table = sql_file(rows)
        stratum = _stratum(connection, table, pq.read_schema(rows).field(_VALUE).type)
        bounds = _bounds(connection, f"SELECT {_HASH}, {stratum} AS stratum FROM {table}", split)
        connection.register("bounds", bounds)
        query = (
            f"SELECT CASE WHEN {_HASH} < holdout_below THEN 2 WHEN {_HASH} < validation_below"
            f" THEN 1 ELSE 0 END::UTINYINT AS part FROM (SELECT *, {stratum} AS own FROM {table})"
            f" JOIN bounds ON own IS NOT DISTINCT FROM stratum ORDER BY {POSITION}"
        )
        with parts.open("wb") as file:
            for found in run_query(connection, query, _FETCHED_ROWS):
                file.write(found.column("part").to_numpy().tobytes())
    return parts


def _write_hashes(valid: Path, problem: Problem, split: StratifiedSplit, path: Path) -> None:
    """Write position, hash and stratified value of each row that has a target."""
    value, target = split.column or problem.target, problem.target
    identity = problem.identity_columns if problem.key else sorted(problem.columns)
    names = list(dict.fromkeys([*identity, value, target]))
    kind = pq.read_schema(valid).field(value).type
    schema = pa.schema([(POSITION, pa.int64()), (_HASH, pa.uint64()), (_VALUE, kind)])
    start = 0
    with pq.ParquetWriter(path, schema) as writer:
        for batch in read_batches(valid, names):
            table = batch.filter(pc.is_valid(batch.column(target)))
            hashes = row_hashes(exact_frame(table.select(names)), problem, split.seed)
            values = table.column(value)
            if pa.types.is_floating(kind):
                values = pc.if_else(pc.is_nan(values), None, values)
            places = np.arange(start, start + len(table))
            columns = [pa.array(places), pa.array(hashes), values.cast(kind)]
            writer.write_table(pa.table(columns, schema=schema))
            start += len(table)


def _stratum(connection: "duckdb.DuckDBPyConnection", table: str, kind: pa.DataType) -> str:
    """Return SQL for a row's stratum: its value, or of many numbers the tenth that it is in."""
    distinct = f"SELECT DISTINCT {_VALUE} FROM {table} WHERE {_VALUE} IS NOT NULL"
    query = f"SELECT count(*) FROM ({distinct} LIMIT {MAX_STRATA + 1})"
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if not is_number or connection.execute(query).fetchall()[0][0] <= MAX_STRATA:
        return _VALUE
    number = f"CAST({_VALUE} AS DOUBLE)"
    present = f"SELECT {number} AS n FROM {table} WHERE {_VALUE} IS NOT NULL"
    count = connection.execute(f"SELECT count(*) FROM ({present})").fetchall()[0][0]
    # As NumPy interpolates: between the two values around each tenth of the places.
    places = (count - 1) * TENTHS
    below = np.floor(places).astype(np.int64)
    wanted = np.unique([*below, *np.minimum(below + 1, count - 1)])
    ordered = _sorted_column(connection, f"{present} ORDER BY n", "n")
    value_at = dict(zip(wanted.tolist(), _picked(ordered, wanted).tolist(), strict=True))
    edges = [
        np.quantile([value_at[low], value_at[min(low + 1, count - 1)]], place - low)
        for low, place in zip(below.tolist(), places.tolist(), strict=True)
    ]
    above = [f"({number} >= '{float(edge)!r}'::DOUBLE)::TINYINT" for edge in edges]
    return f"CASE WHEN {_VALUE} IS NULL THEN -1 ELSE {' + '.join(above)} END"


def _bounds(connection: "duckdb.DuckDBPyConnection", rows: str, split: StratifiedSplit) -> pa.Table:
    """Return by stratum the hashes below which rows are the holdout, and validation."""
    groups = connection.sql(
        f"SELECT stratum, count(*) AS n FROM ({rows}) GROUP BY stratum ORDER BY stratum NULLS LAST"
    ).to_arrow_table()
    counts = groups.column("n").to_numpy()
    starts = np.cumsum(counts) - counts
    sizes = {count: split.part_sizes(count) for count in np.unique(counts).tolist()}
    holdout = starts + np.array([sizes[count][0] for count in counts.tolist()], np.int64)
    validation = holdout + np.array([sizes[count][1] for count in counts.tolist()], np.int64)
    wanted = np.unique([*holdout, *validation])
    query = f"SELECT {_HASH} FROM ({rows}) ORDER BY stratum NULLS LAST, {_HASH}"
    found = _picked(_sorted_column(connection, query, _HASH), wanted)
    return pa.table(
        {
            "stratum": groups.column("stratum"),
            "holdout_below": found[np.searchsorted(wanted, holdout)],
            "validation_below": found[np.searchsorted(wanted, validation)],
        }
    )


def _sorted_column(
    connection: "duckdb.DuckDBPyConnection", query: str, name: str
) -> Iterator[npt.NDArray[np.generic]]:
    for table in run_query(connection, query, _FETCHED_ROWS):
        yield table.column(name).to_numpy()


def _picked(
    pieces: Iterator[npt.NDArray[np.generic]], wanted: Sequence[int] | npt.NDArray[np.int64]
) -> npt.NDArray[np.generic]:
    """Return the values at some places of an array that comes in pieces.

    Args:
        wanted: places in order, each once.
    """
    places, found, start = np.asarray(wanted, np.int64), [], 0
    for piece in pieces:
        first, last = np.searchsorted(places, [start, start + len(piece)])
        found.append(piece[places[first:last] - start])
        start += len(piece)
    return np.concatenate(found) if found else np.array([])
