"""The part of each row, train, validation or holdout, batch by batch."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from homestead.data.checking.store import sql_file
from homestead.data.checking.stored_rows import StoredRows
from homestead.data.exact_frame import exact_frame
from homestead.data.splitting.strata import write_stratified_parts
from homestead.engine.buckets import read_batches
from homestead.engine.limits import connect
from homestead.problem.schema import Problem
from homestead.problem.sections.split import (
    ColumnSplit,
    GroupedSplit,
    StratifiedSplit,
    TimeSplit,
)
from homestead.problem.split import SPLIT_NAMES, required_timestamp, split_names, times_of_order

Parts = Callable[[pa.Table, int], np.ndarray]


@contextmanager
def split_parts(valid: Path, problem: Problem) -> Iterator[Parts]:
    """Yield a function from rows and the number of rows before them to their parts.

    The parts are those of :func:`homestead.problem.split.split_names` for all rows with a target.
    Times and hashes of single rows are read as the rows go by; what depends on all rows, a relative
    time or a stratum, the database finds, with spill to disk.

    Args:
        valid: Parquet file of valid rows.

    Raises:
        UserError: the column of a split by column holds a value of no part, or memory and disk do
            not suffice.
    """
    split = problem.split
    if isinstance(split, StratifiedSplit):
        with tempfile.TemporaryDirectory(prefix="homestead-split-") as folder:
            file = write_stratified_parts(valid, problem, split, Path(folder))
            yield partial(_stored_parts, file)
        return
    if isinstance(split, TimeSplit):
        problem = _with_absolute_times(valid, split, problem)
    if isinstance(split, ColumnSplit):
        _require_known_values(valid, split.column, problem)
    yield lambda table, start: split_names(_frame(table, problem), problem)


def part_names(rows: pd.DataFrame | StoredRows, problem: Problem) -> "pd.Categorical[Any]":
    """Return the part of each row, of those on disk in memory of a byte a row.

    Args:
        rows: valid rows with a target.

    Raises:
        UserError: as :func:`split_parts`.
    """
    if isinstance(rows, pd.DataFrame):
        return pd.Categorical(split_names(rows, problem), SPLIT_NAMES)
    codes, start = np.zeros(len(rows), np.int8), 0
    with split_parts(rows.path, problem) as parts:
        for table in read_batches(rows.path):
            with_target = table.filter(pc.is_valid(table.column(problem.target)))
            names = pd.Categorical(parts(with_target, start), SPLIT_NAMES)
            codes[start : start + len(names)] = names.codes
            start += len(names)
    of_codes: Any = pd.Categorical.from_codes
    found: pd.Categorical[Any] = of_codes(codes, list(SPLIT_NAMES))
    return found


def _stored_parts(file: Path, table: pa.Table, start: int) -> np.ndarray:
    codes = np.fromfile(file, np.uint8, len(table), offset=start)
    return np.array(SPLIT_NAMES)[codes]


def _frame(table: pa.Table, problem: Problem) -> pd.DataFrame:
    split = problem.split
    if isinstance(split, TimeSplit):
        return exact_frame(table.select([required_timestamp(problem)]))
    if isinstance(split, ColumnSplit):
        return exact_frame(table.select([split.column]))
    names = list(problem.identity_columns if problem.key else problem.columns)
    names += [split.column] if isinstance(split, GroupedSplit) else []
    return exact_frame(table.select(list(dict.fromkeys(names))))


def _with_absolute_times(valid: Path, split: TimeSplit, problem: Problem) -> Problem:
    """Return the problem with times that were counted back from the rows' end."""
    if not isinstance(split.validation_from, str) and not isinstance(split.holdout_from, str):
        return problem
    columns = {name: f"c{i}" for i, name in enumerate(pq.read_schema(valid).names)}
    time = columns[required_timestamp(problem)]
    rows = (
        f"SELECT {time} AS moment FROM {sql_file(valid)} AS t({', '.join(columns.values())})"
        f" WHERE {columns[problem.target]} IS NOT NULL"
    )
    with connect(preserve_order=False, purpose="the split by time") as connection:

        def newest(place: int) -> np.datetime64:
            query = f"SELECT moment FROM ({rows}) ORDER BY moment DESC LIMIT 1 OFFSET {place - 1}"
            return np.datetime64(connection.execute(query).fetchall()[0][0], "us")

        count = connection.execute(f"SELECT count(*) FROM ({rows})").fetchall()[0][0]
        if not count:
            return problem  # there is no end to count back from, and no row to be in a part
        times = times_of_order(count, newest, split)
    validation_from, holdout_from = (
        pd.Timestamp(0).to_pydatetime() + timedelta(microseconds=int(bound.astype(np.int64)))
        for bound in times
    )
    absolute = {"validation_from": validation_from, "holdout_from": holdout_from}
    return problem.model_copy(update={"split": split.model_copy(update=absolute)})


def _require_known_values(valid: Path, column: str, problem: Problem) -> None:
    """Raise the error of values that are in no part, all of them in one sentence."""
    names = list(dict.fromkeys([column, problem.target]))
    found: list[pd.Series] = []
    for batch in read_batches(valid, names):
        rows = batch.filter(pc.is_valid(batch.column(problem.target)))
        found.append(exact_frame(rows.select([column]))[column].drop_duplicates())
    values = pd.concat(found, ignore_index=True).drop_duplicates()
    split_names(values.to_frame().reset_index(drop=True), problem)
