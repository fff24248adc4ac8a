"""Places of rows in a source's files, told for the few rows that are named."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class PartPlaces:
    """Places of the rows of one file.

    Attributes:
        file: the file's name, empty if it is the only one.
        unit: what is counted, ``line`` or ``row``.
        rows: their number.
        read: returns each row's place in the file, shape (rows,).
    """

    file: str
    unit: str
    rows: int
    read: Callable[[], pd.Index] = field(repr=False)

    @cached_property
    def index(self) -> pd.Index:
        """Each row's place in the file, shape (rows,); read when it is asked for."""
        return self.read()

    def place(self, row: int) -> object:
        """Return a row's place; of several files with the file's name."""
        place = self.index[row]
        return f"{place} of {self.file}" if self.file else place


class SourcePlaces:
    """Places of all rows of a source, in the order of its files."""

    def __init__(self, parts: Sequence[PartPlaces]) -> None:
        """Take the places of at least one file."""
        self._parts = parts
        self._ends = np.cumsum([part.rows for part in parts])

    @property
    def name(self) -> str:
        """What is counted, ``line`` or ``row``."""
        return min(part.unit for part in self._parts)

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self._ends[-1])

    def __getitem__(self, row: int) -> object:
        """Return the place of the row at a position."""
        part = int(np.searchsorted(self._ends, row, "right"))
        return self._parts[part].place(row - int(self._ends[part]) + self._parts[part].rows)

    def index(self, rows: Iterable[int]) -> pd.Index:
        """Return the places of some rows."""
        return pd.Index([self[row] for row in rows], name=self.name)
