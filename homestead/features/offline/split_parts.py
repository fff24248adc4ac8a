"""The part of each row, train, validation or holdout, batch by batch."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from homestead.data.exact_frame import exact_frame
from homestead.engine.buckets import read_batches
from homestead.problem.schema import Problem
from homestead.problem.sections.split import (
    ColumnSplit,
    GroupedSplit,
    StratifiedSplit,
    TimeSplit,
)
from homestead.problem.split import required_timestamp, split_names, split_times

Parts = Callable[[pa.Table, int], np.ndarray]


def split_parts(valid: Path, problem: Problem) -> Parts:
    """Return a function from rows and the number of rows before them to their parts.

    The parts are those of :func:`homestead.problem.split.split_names` for all rows with a target.
    Times and hashes of single rows are read as the rows go by; what depends on all rows, a relative
    time or a stratum, is read here, in these columns alone.

    Args:
        valid: Parquet file of valid rows.

    Raises:
        UserError: the column of a split by column holds a value of no part.
    """
    split = problem.split
    if isinstance(split, StratifiedSplit):
        parts = split_names(_labelled(valid, _stratified_columns(split, problem), problem), problem)
        return lambda table, start: parts[start : start + len(table)]
    if isinstance(split, TimeSplit):
        problem = _with_absolute_times(valid, split, problem)
    if isinstance(split, ColumnSplit):
        _require_known_values(valid, split.column, problem)
    return lambda table, start: split_names(_frame(table, problem), problem)


def _frame(table: pa.Table, problem: Problem) -> pd.DataFrame:
    split = problem.split
    if isinstance(split, TimeSplit):
        return exact_frame(table.select([required_timestamp(problem)]))
    if isinstance(split, ColumnSplit):
        return exact_frame(table.select([split.column]))
    names = list(problem.identity_columns if problem.key else problem.columns)
    names += [split.column] if isinstance(split, GroupedSplit) else []
    return exact_frame(table.select(list(dict.fromkeys(names))))


def _labelled(valid: Path, names: list[str], problem: Problem) -> pd.DataFrame:
    """Return some columns of the rows that have a target."""
    table = pq.read_table(valid, columns=list(dict.fromkeys([*names, problem.target])))
    table = table.filter(pc.is_valid(table.column(problem.target)))
    return exact_frame(table.replace_schema_metadata(None))


def _stratified_columns(split: StratifiedSplit, problem: Problem) -> list[str]:
    names = problem.identity_columns if problem.key else sorted(problem.columns)
    return [*names, split.column or problem.target]


def _with_absolute_times(valid: Path, split: TimeSplit, problem: Problem) -> Problem:
    """Return the problem with times that were counted back from the rows' end."""
    if not isinstance(split.validation_from, str) and not isinstance(split.holdout_from, str):
        return problem
    time = required_timestamp(problem)
    times = _labelled(valid, [time], problem)[time].to_numpy("datetime64[us]")
    if not len(times):
        return problem  # there is no end to count back from, and no row to be in a part
    validation_from, holdout_from = (
        pd.Timestamp(0).to_pydatetime() + timedelta(microseconds=int(bound.astype(np.int64)))
        for bound in split_times(times, split)
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
