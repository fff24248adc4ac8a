"""DataFrames as sources: a frame becomes a Parquet file, which is read, hashed and kept like any.

So a frame's columns follow the rules of a Parquet file, its bytes have a hash, and a version that
was trained on it can be rebuilt.
"""

import hashlib
import tempfile
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from homestead.errors import UserError
from homestead.files import read_uri, write_bytes

# Below the home: the frames that models were trained on.
FRAMES_FOLDER: Final = "data"


def storable_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with texts as the names of its columns, and types that Parquet holds.

    An index with a name becomes columns, one without a name is left out. Periods become their
    first moment; categories, intervals and columns of several types become texts.

    Raises:
        UserError: not a frame, a column occurs twice, or there are no rows.
    """
    if not isinstance(frame, pd.DataFrame):
        raise UserError(f"frame: found {type(frame).__name__}, allowed is a pandas.DataFrame")
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


def keep_frame(frame: pd.DataFrame, name: str, home: Path) -> Path:
    """Write a frame to ``data/<name>-<SHA-256>.parquet`` below the home, and return the path.

    The same frame gives the same bytes, and so the same file.

    Args:
        name: of the problem.

    Raises:
        UserError: as :func:`storable_frame`, or Parquet cannot hold a column's values.
    """
    table = storable_frame(frame)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "frame.parquet"
        try:
            table.to_parquet(file, index=False)
        except (pa.ArrowException, ValueError, OverflowError) as error:
            raise UserError(f"frame: Parquet cannot hold it: {error}") from None
        content = file.read_bytes()
    path = frame_path(name, hashlib.sha256(content).hexdigest(), home)
    # A copy that was damaged is replaced.
    if not path.exists() or read_uri(str(path)) != content:
        write_bytes(path, content)
    return path


def frame_path(name: str, digest: str, home: Path) -> Path:
    """Return where a frame is kept.

    Args:
        name: of the problem.
        digest: SHA-256 of its Parquet file, in hex.
    """
    return home / FRAMES_FOLDER / f"{name}-{digest}.parquet"


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
