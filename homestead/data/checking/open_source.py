"""Sources as tables that are read in batches: files are copied to this machine where they must."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from homestead.data.checking.batches import (
    CsvPart,
    JsonPart,
    ParquetPart,
    SourceTable,
    TablePart,
)
from homestead.data.formats.csv_text import CsvTable
from homestead.data.formats.decoding import decode_chunks
from homestead.data.formats.parquet_table import ParquetTable
from homestead.data.recognition.encodings import marked_encoding
from homestead.data.sources.compression import decompressed_chunks, is_compressed
from homestead.data.sources.files import SourceFile
from homestead.data.sources.sql_rows import store_query
from homestead.data.tables import combine_hashes, source_chunks, type_of_file
from homestead.errors import UserError
from homestead.files import CHUNK_BYTES, local_path
from homestead.problem.sections.source_format import SourceFormat
from homestead.problem.values.source_urls import is_sql, is_web


def open_source(source: str, source_format: SourceFormat, folder: Path) -> SourceTable:
    """Return a source's table; its rows are read later, and again if need be.

    Files of other machines, texts that are compressed or no UTF-8, and a query's rows are written
    to the folder first, piece by piece.

    Args:
        source: as that of :func:`homestead.data.tables.read_table`.
        folder: for copies.

    Raises:
        UserError: the source does not exist, cannot be read, is empty, or is not a table in this
            format.
    """
    if is_sql(source):
        table = store_query(source, folder)
        return SourceTable([("", ParquetPart(table))], [{}], table.digest)
    parts: list[tuple[str, TablePart]] = []
    hashes: list[tuple[str, str]] = []
    partitions = []
    states: list[_FileState] = []
    for number, (file, chunks) in enumerate(source_chunks(source)):
        path, digest = _local_copy(file, chunks, folder / f"{number}", states)
        hashes.append((file.name, digest))
        parts.append((file.name, _open(path, file.uri, source_format, folder / f"{number}.txt")))
        partitions.append(file.partitions)
    return SourceTable(
        parts, partitions, combine_hashes(hashes), lambda: _require_unchanged(states)
    )


@dataclass(frozen=True)
class _FileState:
    """A file on this machine as it was just before it was hashed.

    Attributes:
        state: device, number and size of the file, and when it was written, in nanoseconds.
    """

    uri: str
    path: Path
    state: tuple[int, ...]


def _state(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _require_unchanged(states: Iterable[_FileState]) -> None:
    """Refuse files that were written or replaced since: their rows are not what was hashed.

    Files of other machines are copied as they are hashed, and cannot differ.
    """
    for file in states:
        if _state(file.path) != file.state:
            raise UserError(
                f"{file.uri}: was changed or replaced while it was read, so that its rows are not"
                " those of its hash; run again once it is complete"
            )


def _local_copy(
    file: SourceFile, chunks: Iterator[bytes], copy: Path, states: list[_FileState]
) -> tuple[Path, str]:
    """Return the path of a file on this machine and its hash, and note its state if it is there."""
    is_remote = is_web(file.uri) or urlsplit(file.uri).scheme == "dvc"
    path = None if is_remote else local_path(file.uri)
    digest, size = hashlib.sha256(), 0
    if path is None:
        with copy.open("wb") as target:
            for chunk in chunks:
                digest.update(chunk)
                size += target.write(chunk)
    else:
        states.append(_FileState(file.uri, path, _state(path)))
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
    if not size:
        raise UserError(f"{file.uri}: the file is empty")
    return path or copy, digest.hexdigest()


def _open(path: Path, uri: str, source_format: SourceFormat, copy: Path) -> TablePart:
    kind = type_of_file(uri, source_format)
    if kind == "parquet":
        return ParquetPart(ParquetTable(path, uri))
    text = _utf8_file(path, uri, source_format.encoding, copy)
    if kind == "json_lines":
        return JsonPart(text, uri)
    return CsvPart(CsvTable(lambda: text.open("rb"), uri, source_format))


def _utf8_file(path: Path, uri: str, encoding: str, copy: Path) -> Path:
    """Return a file with the text in UTF-8: the file itself if it holds that, else the copy.

    Raises:
        UserError: the text is in another encoding.
    """
    with path.open("rb") as file:
        beginning = file.read(CHUNK_BYTES)
        is_same = not is_compressed(beginning) and not marked_encoding(beginning)
        file.seek(0)
        texts = decode_chunks(decompressed_chunks(file, uri), uri, encoding)
        if is_same and encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
            for _ in texts:  # only checked
                pass
            return path
        with copy.open("wb") as target:
            for text in texts:
                target.write(text)
    return copy
