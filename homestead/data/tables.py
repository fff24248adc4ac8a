"""Reading a table from wherever a problem's source is, with the hash of its bytes."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd

from homestead.data.formats.combine import combine_tables
from homestead.data.formats.csv_text import read_csv
from homestead.data.formats.json_lines import read_json_lines
from homestead.data.formats.parquet_table import read_parquet
from homestead.data.sources.compression import decompress
from homestead.data.sources.files import FILE_TYPES, SourceFile, file_type, list_files
from homestead.data.sources.sql_rows import hash_query, read_sql
from homestead.data.sources.web import web_chunks
from homestead.errors import UserError
from homestead.files import atomic_path, read_chunks
from homestead.problem.sections.source_format import FileType, SourceFormat
from homestead.problem.values.source_urls import canonical_source, is_sql, is_web, source_place

_FILE_SCHEMES = ("", "file", "s3", "gs", "dvc")
_ALLOWED_SOURCES = (
    "a path, s3://, gs://, dvc://, https://, spark://catalog.database.table, and postgresql:// or"
    " sqlite:// with ?query="
)


def read_table(
    source: str,
    source_format: SourceFormat | None = None,
    columns: Collection[str] | None = None,
) -> tuple[pd.DataFrame, str]:
    """Read a table.

    Args:
        source: a path, ``file://…``, ``s3://…`` or ``gs://…`` of a file, a folder or a pattern
            (:func:`homestead.data.sources.files.list_files`), ``https://…``, a database with a
            query (:func:`homestead.data.sources.sql_rows.store_query`), or
            ``dvc://<repo>@<revision>/<path>`` (:func:`homestead.data.dvc.dvc_chunks`).
        source_format: how its files are written.
        columns: the columns of interest; others may be left out.

    Returns:
        The table, and its hash as :func:`hash_source` returns it. The index holds each row's place
        in its file, counted from 1: ``line`` of a text file, whose values are texts, or ``row`` of
        any other, whose integers are exact; of several files with the file's name. Values in the
        names of folders are texts.

    Raises:
        UserError: the source does not exist, cannot be read, is empty, or is not a table in this
            format.
    """
    source_format = source_format or SourceFormat()
    if is_sql(source):
        return _with_rows(read_sql(source), source)
    parts: list[tuple[str, pd.DataFrame]] = []
    hashes: list[tuple[str, str]] = []
    for file, chunks in source_chunks(source):
        content = b"".join(chunks)
        if not content:
            raise UserError(f"{file.uri}: the file is empty")
        hashes.append((file.name, hashlib.sha256(content).hexdigest()))
        table = _parse(content, file.uri, source_format, columns)
        for name, value in file.partitions.items():
            if name not in table:
                table[name] = pd.Series([value] * len(table), index=table.index, dtype=object)
        parts.append((file.name, table))
    table = parts[0][1] if not parts[0][0] else combine_tables(parts)
    return _with_rows((table, combine_hashes(hashes)), source)


def _with_rows(read: tuple[pd.DataFrame, str], source: str) -> tuple[pd.DataFrame, str]:
    if read[0].empty:
        raise UserError(f"{source_place(source)}: the table has no rows")
    return read


def hash_source(source: str) -> str:
    """Return the SHA-256 in hex of a source's bytes.

    Of several files it is that of their names and hashes, as ``sha256sum`` prints them in the order
    of the names; of a query that of its rows (:func:`homestead.data.sources.sql_rows.store_query`).

    Raises:
        UserError: the source does not exist or cannot be read.
    """
    if is_sql(source):
        return hash_query(source)
    hashes = []
    for file, chunks in source_chunks(source):
        digest = hashlib.sha256()
        for chunk in chunks:
            digest.update(chunk)
        hashes.append((file.name, digest.hexdigest()))
    return combine_hashes(hashes)


def combine_hashes(hashes: Sequence[tuple[str, str]]) -> str:
    """Return the hash of a source from the names and hashes of its files."""
    if not hashes[0][0]:
        return hashes[0][1]
    listing = "".join(f"{digest}  {name}\n" for name, digest in hashes)
    return hashlib.sha256(listing.encode()).hexdigest()


def source_chunks(source: str) -> Iterator[tuple[SourceFile, Iterator[bytes]]]:
    """Yield the files of a source, one after the other, with their bytes in pieces.

    Raises:
        UserError: the source does not exist or cannot be read.
    """
    source = canonical_source(source)
    scheme = urlsplit(source).scheme
    if is_web(source):
        yield SourceFile("", source), web_chunks(source)
        return
    if scheme not in _FILE_SCHEMES:
        raise UserError(f"{source}: found {scheme}://, allowed are {_ALLOWED_SOURCES}")
    if scheme == "dvc":
        from homestead.data.dvc import dvc_chunks

        yield SourceFile("", source), dvc_chunks(source)
        return
    for file in list_files(source):
        yield file, read_chunks(file.uri)


def _parse(
    content: bytes, uri: str, source_format: SourceFormat, columns: Collection[str] | None
) -> pd.DataFrame:
    kind = type_of_file(uri, source_format)
    if kind == "parquet":
        return read_parquet(content, uri)
    text = decompress(content, uri)
    if kind == "json_lines":
        return read_json_lines(text, uri, source_format.encoding)
    return read_csv(text, uri, source_format, columns)


def type_of_file(uri: str, source_format: SourceFormat) -> FileType:
    """Return the type of a file, by default the one that its extension tells.

    Raises:
        UserError: neither the format nor the extension tells it.
    """
    kind = source_format.type or file_type(uri)
    if kind is None:
        suffix = Path(uri).suffix.lower()
        raise UserError(
            f"{uri}: found {f'a {suffix} file' if suffix else 'a file without an extension'},"
            f" allowed are {', '.join(FILE_TYPES)}, texts also with .gz or .zst; of a file with"
            " another name write format: {type: csv}, or json_lines or parquet"
        )
    return kind


def write_parquet(table: pd.DataFrame, path: Path) -> None:
    """Write a Parquet file atomically."""
    with atomic_path(path) as temporary:
        table.to_parquet(temporary, index=False)
