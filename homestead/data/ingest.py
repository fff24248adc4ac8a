"""Ingest: read the source, check its rows against the problem, and quarantine the bad ones."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pandas as pd

from homestead.data.bad_values import BadValue, list_bad_values
from homestead.data.checking.batches import FramePart, SourceTable
from homestead.data.checking.check_source import (
    REASON_COLUMN,
    CheckedSource,
    RowCounts,
    check_source,
)
from homestead.data.checking.open_source import open_source
from homestead.data.checking.places import SourcePlaces
from homestead.data.checking.stored_rows import StoredRows
from homestead.problem.schema import Problem
from homestead.problem.sections.source_format import SourceFormat
from homestead.settings import Settings

__all__ = [
    "MAX_LISTED",
    "REASON_COLUMN",
    "CheckedRows",
    "IngestedRows",
    "SheetRows",
    "WrittenRows",
    "check_rows",
    "ingest",
    "open_checked",
]
MAX_LISTED = 5


class SheetRows(Protocol):
    """What a data sheet tells of checked rows, in memory or on disk."""

    @property
    def valid(self) -> pd.DataFrame | StoredRows:
        """The good rows, with derived columns."""

    @property
    def quarantine(self) -> pd.DataFrame:
        """The bad rows as read, at least the first; see :class:`CheckedRows`."""

    @property
    def counts(self) -> RowCounts:
        """Numbers of rows."""

    def list_bad(self, most: int | None = None) -> list[str]:
        """Return a line for each column and rule that bad rows break."""


@dataclass(frozen=True)
class WrittenRows:
    """Checked rows of which the most are on disk.

    Attributes:
        valid: the good rows, with derived columns.
        quarantine: the first bad rows as read; see :class:`CheckedRows`.
        checked: the others.
    """

    valid: pd.DataFrame | StoredRows
    quarantine: pd.DataFrame
    checked: CheckedSource

    @property
    def counts(self) -> RowCounts:
        """Numbers of rows."""
        return self.checked.counts

    def list_bad(self, most: int | None = None) -> list[str]:
        """Return a line for each column and rule that bad rows break."""
        return self.checked.list_bad(most)


@dataclass(frozen=True)
class CheckedRows:
    """Rows of a source in memory, split by the problem's rules.

    Attributes:
        valid: good rows in the problem's column order and types, with derived columns, in the
            order of time, key and place in the file.
        quarantine: bad rows as read, with a column ``reason``; its index holds each row's place
            in the file, and its name what is counted, ``line`` or ``row``.
        bad_values: why the rows in quarantine are there, in the order of the rules.
        places: each row's place in the file.
        counts: numbers of rows.
    """

    valid: pd.DataFrame
    quarantine: pd.DataFrame
    bad_values: list[BadValue]
    places: SourcePlaces
    counts: RowCounts

    @property
    def rows(self) -> int:
        """The number of all rows."""
        return self.counts.rows

    def list_bad(self, most: int | None = None) -> list[str]:
        """Return a line for each column and rule that bad rows break."""
        return list_bad_values(self.bad_values, self.places, most)

    def __str__(self) -> str:
        """Return the numbers of valid, bad and dropped rows, in words."""
        return str(self.counts)


@dataclass(frozen=True)
class IngestedRows(CheckedRows):
    """Checked rows, their source, and the SHA-256 of that file in hex."""

    source: str
    data_hash: str


def ingest(problem: Problem, max_listed: int | None = MAX_LISTED) -> IngestedRows:
    """Read the problem's source and check it; all valid rows are held in memory, as a frame.

    For Python callers that want the frame. Steps and commands use :func:`open_checked`.

    Args:
        max_listed: the number of lines about bad rows in an error; None for all.

    Raises:
        UserError: the source cannot be read, or :func:`check_rows` refuses it.
    """
    with open_checked(problem, max_listed) as (checked, data_hash):
        rows = _in_memory(checked)
    return IngestedRows(**vars(rows), source=problem.source, data_hash=data_hash)


@contextmanager
def open_checked(
    problem: Problem,
    max_listed: int | None = MAX_LISTED,
    report: Callable[[str], None] = lambda message: None,
) -> Iterator[tuple[CheckedSource, str]]:
    """Read the problem's source and check it, in bounded memory, on the engine of the settings.

    Yields:
        The checked rows, which are on disk until the block ends; and the SHA-256 of the source.

    Raises:
        UserError: the source cannot be read, or :func:`check_rows` refuses it.
    """
    with tempfile.TemporaryDirectory(prefix="homestead-ingest-") as name:
        folder = Path(name)
        source = open_source(problem.source, problem.format or SourceFormat(), folder)
        with check_source(
            source,
            problem,
            folder,
            max_listed=max_listed,
            report=report,
            on_spark=Settings.read().engine == "spark",
        ) as checked:
            yield checked, source.data_hash


def check_rows(
    table: pd.DataFrame, problem: Problem, max_listed: int | None = MAX_LISTED
) -> CheckedRows:
    """Split the rows of a frame into valid and quarantined ones, which are frames, too.

    The caller has the rows in memory already: what is returned takes as much again.

    Args:
        table: values as read; its index holds each row's place in the file, and its name what is
            counted, ``line`` or ``row``.
        max_listed: the number of lines about bad rows in an error; None for all.

    Raises:
        UserError: a column is missing or wholly of another type, no row is valid, or more are bad
            than ``problem.max_bad_row_share`` allows.
    """
    source = SourceTable([("", FramePart(table))], [{}])
    with (
        tempfile.TemporaryDirectory(prefix="homestead-ingest-") as folder,
        check_source(source, problem, Path(folder), max_listed=max_listed) as checked,
    ):
        return _in_memory(checked)


def _in_memory(checked: CheckedSource) -> CheckedRows:
    quarantine = list(checked.quarantine())
    return CheckedRows(
        valid=checked.valid_frame(),
        quarantine=quarantine[0] if len(quarantine) == 1 else pd.concat(quarantine),
        bad_values=checked.bad_values(),
        places=checked.places,
        counts=checked.counts,
    )
