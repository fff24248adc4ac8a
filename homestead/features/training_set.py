"""Training set: each valid row with a target, and the feature values known at its time."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from homestead.data.labelled.training_rows import LABELLED_COLUMN
from homestead.data.splitting.split_parts import Parts, split_parts
from homestead.data.tables import write_parquet
from homestead.engine.background_writer import write_in_background
from homestead.engine.buckets import POSITION, read_batches
from homestead.engine.limits import connect
from homestead.engine.query_results import read_query
from homestead.engine.run import run_buckets
from homestead.features.duckdb_tables import parquet_list
from homestead.features.offline.bucketed_rows import known_derived, with_derived
from homestead.features.offline.join import join_job
from homestead.features.offline.table_metadata import training_set_metadata
from homestead.features.views import view_file
from homestead.problem.schema import Problem
from homestead.problem.split import SPLIT_COLUMN


def write_training_set(
    valid: Path,
    folder: Path,
    dataset: Path,
    problem: Problem,
    report: Callable[[str], None] = lambda line: None,
) -> dict[str, int]:
    """Join every view's features point-in-time, split the rows, and write them.

    The file holds the valid rows that have a target, in their order, with the features of queries,
    the derived columns, and ``split``: train, validation or holdout. A view's value is the latest
    one known at the row's time and not older than the view's time to live, otherwise null. A row
    without a key has no value. Without time stamps it is the entity's only value.

    Memory is bounded by HOMESTEAD_MEMORY.

    Args:
        valid: Parquet file of valid rows; the mark of labelled predictions is left out.
        folder: the views' tables, from :func:`homestead.features.views.compute_views`.
        dataset: Parquet file to write.
        report: takes lines of progress.

    Returns:
        The number of rows of each part that has some.

    Raises:
        UserError: a value of the split's column is in no part; memory and disk do not suffice.
    """
    present = [name for name in pq.read_schema(valid).names if name != LABELLED_COLUMN]
    rows = {*present, *known_derived(problem, present)}
    joined: dict[str, list[str]] = {}
    for name, view in problem.views.items():
        if features := [feature for feature in view.names if feature not in rows]:
            joined[name] = features
    jobs = [
        join_job(name, problem.views[name], features, valid, view_file(folder, name), problem)
        for name, features in joined.items()
    ]
    with (
        split_parts(valid, problem) as parts,
        tempfile.TemporaryDirectory(prefix="homestead-join-") as temporary,
    ):
        outputs = run_buckets(jobs, Path(temporary), report)
        found = dict(zip(joined, outputs, strict=True))
        return _assemble(valid, joined, found, parts, dataset, problem)


def training_set(valid: pd.DataFrame, folder: Path, problem: Problem) -> pd.DataFrame:
    """Return the training set of a table in memory, see :func:`write_training_set`.

    Args:
        valid: ingested rows; other columns are kept.
        folder: the views' tables.
    """
    with tempfile.TemporaryDirectory(prefix="homestead-rows-") as temporary:
        rows, dataset = Path(temporary) / "valid.parquet", Path(temporary) / "dataset.parquet"
        write_parquet(valid, rows)
        write_training_set(rows, folder, dataset, problem)
        return pd.read_parquet(dataset)


def _assemble(
    valid: Path,
    features: Mapping[str, Sequence[str]],
    outputs: Mapping[str, Sequence[Path]],
    parts: Parts,
    dataset: Path,
    problem: Problem,
) -> dict[str, int]:
    """Write the rows with a target, batch by batch, with what was joined to them."""
    counts: dict[str, int] = {}
    start = 0
    with ExitStack() as stack:
        joined = {
            name: _JoinedRows(stack, outputs[name], of_view) for name, of_view in features.items()
        }
        writer = None
        for batch in read_batches(valid):
            table = batch.drop_columns(
                [name for name in (POSITION, LABELLED_COLUMN) if name in batch.column_names]
            )
            table = table.filter(pc.is_valid(table.column(problem.target)))
            table = with_derived(table, problem)
            for of_view in joined.values():
                table = of_view.append_to(table)
            table = with_derived(table, problem)
            names = parts(table, start)
            table = table.append_column(SPLIT_COLUMN, pa.array(names.astype(object), pa.string()))
            for name, count in zip(*np.unique(names, return_counts=True), strict=True):
                counts[str(name)] = counts.get(str(name), 0) + int(count)
            start += len(table)
            if writer is None:
                schema = table.schema.with_metadata(
                    training_set_metadata(valid, table.schema, problem)
                )
                writer = stack.enter_context(write_in_background(dataset, schema))
            writer.write(table.replace_schema_metadata(schema.metadata))
    return counts


class _JoinedRows:
    """A view's joined features in the order of the rows."""

    def __init__(self, stack: ExitStack, files: Sequence[Path], features: Sequence[str]) -> None:
        self._features = features
        connection = stack.enter_context(
            connect(purpose="the order of joined rows", preserve_order=False, connections=2)
        )
        columns = ", ".join(f"c{i}" for i, _ in enumerate(features))
        reader = read_query(
            connection, f"SELECT {columns} FROM {parquet_list(files)} ORDER BY {POSITION}"
        )
        self._batches = iter(reader)
        self._waiting = pa.table({})

    def append_to(self, table: pa.Table) -> pa.Table:
        """Return the next rows with the view's features."""
        waiting = [self._waiting] if len(self._waiting) else []
        count = len(self._waiting)
        while count < len(table):
            waiting.append(pa.Table.from_batches([next(self._batches)]))
            count += len(waiting[-1])
        if not waiting:
            empty = pa.array([], pa.float64())
            columns = [empty for _ in self._features]
        else:
            found = pa.concat_tables(waiting)
            self._waiting = found.slice(len(table))
            columns = found.slice(0, len(table)).columns
        for name, column in zip(self._features, columns, strict=True):
            table = table.append_column(name, column.cast(pa.float64()))
        return table
