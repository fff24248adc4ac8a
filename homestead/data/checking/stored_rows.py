"""Valid rows on disk, of which one column at a time is in memory."""

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow.parquet as pq


class Rows(Protocol):
    """Rows whose columns are read by name: a frame of pandas, or rows on disk."""

    @property
    def index(self) -> Any:
        """Labels of the rows."""

    @property
    def empty(self) -> bool:
        """Whether there are no rows."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def __contains__(self, name: object, /) -> bool:
        """Return whether there is a column of this name."""

    def __getitem__(self, name: str, /) -> Any:
        """Return a column."""


class StoredRows:
    """Rows of a Parquet file that are read by column, as a frame of pandas gives them.

    Attributes:
        path: of the file.
    """

    def __init__(
        self, path: Path, rows: np.ndarray | None = None, present: frozenset[str] = frozenset()
    ) -> None:
        """Take a file.

        Args:
            path: Parquet file that :func:`homestead.data.tables.write_parquet` or
                :meth:`homestead.data.checking.check_source.CheckedSource.write_valid` has written.
            rows: which rows to take, shape (rows of the file,), bool; all if None.
            present: columns in which these rows have a value; their types need none for missing.
        """
        self.path = path
        self._rows, self._present = rows, present
        file = pq.read_metadata(path)
        self._length = file.num_rows if rows is None else int(rows.sum())
        self._names = list(file.schema.to_arrow_schema().names)

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._length

    def __contains__(self, name: object) -> bool:
        """Return whether there is a column of this name."""
        return name in self._names

    @property
    def empty(self) -> bool:
        """Whether there are no rows."""
        return not self._length

    @property
    def index(self) -> pd.RangeIndex:
        """Positions of the rows."""
        return pd.RangeIndex(len(self))

    def __getitem__(self, name: str) -> pd.Series:
        """Read a column.

        Raises:
            KeyError: there is no such column.
        """
        values: pd.Series = self.frame([name])[name]
        return values

    def frame(self, names: list[str]) -> pd.DataFrame:
        """Read some columns.

        Raises:
            KeyError: one of them is not there.
        """
        # By name, since a path with a dot would be one within another column.
        missing = [name for name in names if name not in self._names]
        if missing:
            raise KeyError(missing[0])
        file = pq.ParquetFile(self.path)
        frame: pd.DataFrame = file.read(names).to_pandas()[names]
        if self._rows is None:
            return frame
        frame = frame[self._rows].reset_index(drop=True)
        plain = {"Int64": "int64", "boolean": "bool"}
        types = {
            name: plain[str(frame[name].dtype)]
            for name in names
            if name in self._present and str(frame[name].dtype) in plain
        }
        return frame.astype(types)

    def with_value(self, name: str) -> "StoredRows":
        """Return the rows that have a value in a column."""
        present = self[name].notna().to_numpy(bool)
        if present.all():
            return self
        if self._rows is not None:
            rows = self._rows.copy()
            rows[self._rows] = present
            present = rows
        return StoredRows(self.path, present, self._present | {name})
