"""Writing a segment of the spool as Parquet files.

Only segments that nobody writes any more come here, whole: the same segment gives the same files,
so that one that was interrupted is written again and nothing is doubled. A file is complete or does
not exist.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

import msgspec
import sqlalchemy as sa

from homestead.engine.limits import connect
from homestead.prediction_log.entries import LogLine, PredictionEntry
from homestead.prediction_log.insert_rows import RejectedLine, insert_lines, prediction_rows
from homestead.prediction_log.parquet.layout import (
    COLUMNS,
    SCHEMA_VERSION,
    feature_columns,
    file_path,
    filesystem,
    hour_of,
    kind_name,
    quoted,
)

# Small enough to skip most of a file for the rows of one prediction.
_ROWS_PER_GROUP = 20_480


@dataclass
class _Rows:
    """Rows of a segment that go to one file, as lines of JSON on the disk."""

    lines: IO[bytes]
    problem: str
    hour: str
    kind: str
    features: dict[str, str]
    columns: dict[str, str]


class SegmentFiles:
    """The files of one segment while it is read; see :func:`segment_files`."""

    def __init__(self, root: str, segment: str, folder: Path) -> None:
        self._root = root
        self._segment = segment
        self._folder = folder
        self._rows: dict[Any, _Rows] = {}

    def add(self, lines: Sequence[LogLine]) -> list[RejectedLine]:
        """Take the predictions among some lines; return those that have no rows."""
        rejected = []
        for line in lines:
            if isinstance(line, PredictionEntry):
                try:
                    self._add(line)
                except (ValueError, IndexError) as error:  # its lists differ in length
                    rejected.append(RejectedLine(line, str(error)))
        return rejected

    def write(self) -> None:
        """Write the files to where the log lies.

        Raises:
            UserError: DuckDB's share of memory and the disk do not suffice.
            Exception: what the object store's client raises if it cannot be written.
        """
        files, root = filesystem(self._root)
        for number, rows in enumerate(self._rows.values()):
            rows.lines.close()
            local = self._folder / f"{number}.parquet"
            self._convert(rows, local)
            target = file_path(root, rows.problem, rows.hour, self._segment, rows.kind)
            _put(files, local, target)
            local.unlink()

    def close(self) -> None:
        """Release what is open."""
        for rows in self._rows.values():
            rows.lines.close()

    def _add(self, entry: PredictionEntry) -> None:
        hour, encode = hour_of(entry.timestamp_s), msgspec.json.encode
        columns = tuple(_columns_of(entry.feature_names).values())
        lines: dict[tuple[bool, ...], list[bytes]] = {}
        for row, values in zip(prediction_rows(entry), entry.features, strict=True):
            row.update(zip(columns, values, strict=True))
            # Sensitive features are texts: their hashes.
            is_text = tuple([isinstance(value, str) for value in values])
            lines.setdefault(is_text, []).append(encode(row) + b"\n")
        for is_text, contents in lines.items():
            self._rows_of(entry, hour, is_text).lines.writelines(contents)

    def _rows_of(self, entry: PredictionEntry, hour: str, is_text: tuple[bool, ...]) -> _Rows:
        key = (entry.problem, hour, entry.digest, entry.feature_names, is_text)
        rows = self._rows.get(key)
        if rows is None:
            features = _columns_of(entry.feature_names)
            types = ("VARCHAR" if text else "DOUBLE" for text in is_text)
            columns = {**COLUMNS, **dict(zip(features.values(), types, strict=True))}
            lines = (self._folder / f"{len(self._rows)}.jsonl").open("wb")
            kind = kind_name(entry.digest, columns)
            rows = _Rows(lines, entry.problem, hour, kind, features, columns)
            self._rows[key] = rows
        return rows

    def _convert(self, rows: _Rows, target: Path) -> None:
        types = ", ".join(f"{_text(name)}: {_text(kind)}" for name, kind in rows.columns.items())
        told = {"schema_version": str(SCHEMA_VERSION), "features": _json(rows.features)}
        metadata = ", ".join(f"{name}: {_text(value)}" for name, value in told.items())
        # The order makes a prediction's rows neighbours, and ids that begin with a time skip most
        # of the file.
        statement = f"""
            COPY (
                SELECT {", ".join(map(quoted, rows.columns))}
                FROM read_json({_text(rows.lines.name)}, format = 'newline_delimited',
                               columns = {{{types}}})
                ORDER BY prediction_id, "row"
            ) TO {_text(str(target))} (FORMAT parquet, COMPRESSION zstd,
                ROW_GROUP_SIZE {_ROWS_PER_GROUP}, KV_METADATA {{{metadata}}})
        """  # noqa: S608 - texts and names are quoted
        with connect(threads=1, purpose="writing the prediction log as Parquet") as connection:
            connection.execute(statement)


@contextmanager
def segment_files(root: str, segment: str) -> Iterator[SegmentFiles]:
    """Begin the files of a segment; what was not written by the end of the block is dropped.

    Args:
        root: folder or URI of the log.
        segment: the segment's name, without its ending.
    """
    with tempfile.TemporaryDirectory(prefix="homestead-segment-") as folder:
        parts = SegmentFiles(root, segment, Path(folder))
        try:
            yield parts
        finally:
            parts.close()


def insert_other_lines(engine: sa.Engine, lines: Sequence[LogLine]) -> list[RejectedLine]:
    """Insert into SQL what is needed there: feedback, failures, and the rows of releases.

    Raises:
        SQLAlchemyError: the database cannot be written.
    """
    others = [line for line in lines if not isinstance(line, PredictionEntry) or line.release]
    return insert_lines(engine, others) if others else []


@cache
def _columns_of(names: tuple[str, ...]) -> dict[str, str]:
    return feature_columns(names)


def _put(files: Any, local: Path, target: str) -> None:
    """Copy a file to its place; other processes see all of it or nothing."""
    folder, _, name = target.rpartition("/")
    files.makedirs(folder, exist_ok=True)
    if "file" in (files.protocol if isinstance(files.protocol, tuple) else (files.protocol,)):
        # A copy on a disk may be interrupted; object stores show an object once it is complete.
        hidden = f"{folder}/.{name}.{os.getpid()}"
        try:
            files.put_file(str(local), hidden)
            Path(hidden).replace(target)
        finally:
            Path(hidden).unlink(missing_ok=True)
    else:
        files.put_file(str(local), target)


def _json(content: object) -> str:
    return msgspec.json.encode(content).decode()


def _text(value: str) -> str:
    """Return a text as SQL has it."""
    return "'" + value.replace("'", "''") + "'"
