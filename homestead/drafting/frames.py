"""Drafts from DataFrames. A frame becomes a Parquet file, and is profiled as that file is read."""

import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from homestead.data.tables import read_table, write_parquet
from homestead.drafting.draft import Draft
from homestead.drafting.guesses.all_guesses import guess_all
from homestead.drafting.profile.column_profile import profile_table
from homestead.errors import UserError
from homestead.problem.model_metrics.table import Task


def draft(
    frame: pd.DataFrame, *, target: str, task: Task | None = None, name: str = "table"
) -> Draft:
    """Draft a problem from a DataFrame: ``homestead.draft(sales, target="price").write(path)``.

    Args:
        frame: rows with the target and what is known before it. An index with a name becomes
            columns, one without a name is left out.
        target: the column to predict.
        task: guessed from the target's values if it is None.
        name: of the problem, and of its file unless another is named.

    Raises:
        UserError: a column that Parquet cannot hold, or that is no target.
    """
    table = _as_table(frame)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        write_parquet(table, path)
        stored, _ = read_table(str(path))
    guesses = guess_all(profile_table(stored), target, task)
    return Draft(name, guesses, frame=table)


def _as_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with texts as the names of its columns, and types that Parquet holds."""
    named = [name for name in frame.index.names if name is not None]
    frame = frame.reset_index(level=named) if named else frame
    names = [str(name) for name in frame.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UserError(f"frame: columns {', '.join(twice)} occur twice, allowed is once")
    if frame.empty:
        raise UserError("frame: found no rows")
    columns = {name: frame.iloc[:, place] for place, name in enumerate(names)}
    return pd.DataFrame({name: _storable(values) for name, values in columns.items()})


def _storable(values: pd.Series) -> pd.Series:
    values = values.reset_index(drop=True)
    if isinstance(values.dtype, pd.PeriodDtype):
        return pd.Series(values.dt.to_timestamp())
    if isinstance(values.dtype, pd.CategoricalDtype | pd.IntervalDtype):
        return values.astype(object).map(str, na_action="ignore")
    if not pd.api.types.is_object_dtype(values):
        return values
    try:
        pa.Array.from_pandas(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        # Of several types: each value as the text that people write for it.
        return values.map(_text, na_action="ignore")
    return values


def _text(value: Any) -> str:
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if is_whole else str(value)
