"""Text files as a stream of batches: CSV as its texts, JSON lines as lines."""

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from homestead.data.checking.batches import JsonPart, SourceTable
from homestead.data.checking.open_source import open_source
from homestead.data.formats.json_lines import parse_object
from homestead.errors import UserError
from homestead.problem.sections.source_format import SourceFormat
from homestead.scoring.inputs.rows_folder import with_folder

# Of a batch of JSON lines: its column, and the mark with the names of the fields.
LINE = "line"
NAMES = b"names"


@dataclass(frozen=True)
class TextFiles:
    """Files of one kind; those that are elsewhere, compressed or in another encoding are copied.

    The copies are deleted with the object.

    Attributes:
        names: of the columns, or of the fields that any object has.
        total: number of rows.
        data_hash: SHA-256 of the bytes, as of a problem's source.
    """

    names: tuple[str, ...]
    total: int
    data_hash: str
    _table: SourceTable
    _is_json: bool

    def tables(self, rows: int) -> Iterator[pa.Table]:
        """Yield the rows in order, at most so many lines of JSON at a time.

        Raises:
            UserError: a file on this machine has changed since it was counted.
        """
        if self._is_json:
            lines = (line for line, _ in _objects(self._table))
            while part := list(itertools.islice(lines, rows)):
                yield lines_table(part, self.names)
        else:
            for batch in self._table.batches(self.names):
                yield pa.table({name: batch.table[name] for name in self.names})
        self._table.require_unchanged()


def text_files(source: str, source_format: SourceFormat, *, is_json: bool) -> TextFiles | None:
    """Open files and count their rows, which are read once more to be scored.

    Args:
        source: files of this kind.
        is_json: whether they are JSON lines; CSV if not.

    Returns:
        None for CSV files of different columns, which only a table held at once brings together.

    Raises:
        UserError: they cannot be read, or have no rows.
    """
    return with_folder(lambda folder: _counted(source, source_format, folder, is_json=is_json))


def _counted(
    source: str, source_format: SourceFormat, folder: Path, *, is_json: bool
) -> TextFiles | None:
    table = open_source(source, source_format, folder)
    total, names = 0, dict.fromkeys(table.names)
    if is_json:
        for _, row in _objects(table):
            names |= dict.fromkeys(row)
            total += 1
    elif all(set(part.names) == set(table.parts[0][1].names) for _, part in table.parts):
        total = sum(len(batch) for batch in table.batches(table.names[:1]))
    else:
        return None
    if not total:
        raise UserError(f"{source}: the table has no rows")
    return TextFiles(tuple(names), total, table.data_hash, table, is_json)


def lines_table(lines: list[bytes], names: Iterable[str]) -> pa.Table:
    """Return objects of JSON as a batch's table: a line each, so that processes share the reading.

    Args:
        names: of the fields that any of the objects has.
    """
    mark = {NAMES: json.dumps(list(names)).encode()}
    return pa.table({LINE: pa.array(lines, pa.large_binary())}).replace_schema_metadata(mark)


def _objects(table: SourceTable) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Yield the lines of JSON, and the object of each."""
    for _, part in table.parts:
        assert isinstance(part, JsonPart)  # noqa: S101 - of a source of such files
        with part.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.isspace():
                    yield line.rstrip(b"\n"), parse_object(line, f"{part.uri}: line {number}")
