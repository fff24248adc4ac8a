"""The files of a source: one file, a folder, or all that match a pattern."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from homestead.errors import UserError
from homestead.problem.sections.source_format import FileType
from homestead.problem.values.source_urls import canonical_source

_PATTERN = re.compile(r"[*?\[]")
_PARTITION = re.compile(r"([^=/]+)=([^/]*)")
# As Hive writes a missing value.
_NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
FILE_TYPES: dict[str, FileType] = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "json_lines",
    ".ndjson": "json_lines",
}
_COMPRESSED = (".gz", ".zst")


@dataclass(frozen=True)
class SourceFile:
    """A file of a source.

    Attributes:
        name: its path below the source's folder; empty if the source is this file.
        uri: its path or URI.
    """

    name: str
    uri: str

    @property
    def partitions(self) -> dict[str, str | None]:
        """Values in the names of its folders, as Hive writes them: ``year=2024/part-0.parquet``."""
        folders = PurePosixPath(self.name).parts[:-1]
        pairs = [match for folder in folders if (match := _PARTITION.fullmatch(folder))]
        return {
            unquote(match[1]): None if match[2] == _NULL_PARTITION else unquote(match[2])
            for match in pairs
        }


def file_type(uri: str) -> FileType | None:
    """Return the type that a file's extension tells, with or without that of a compression."""
    return FILE_TYPES.get(_extension(uri))


def default_separator(uri: str) -> str:
    """Return the separator that a text file's extension tells."""
    return "\t" if _extension(uri) == ".tsv" else ","


def _extension(uri: str) -> str:
    # Elsewhere people write number signs and question marks in names as they are.
    is_web = uri.startswith(("http://", "https://"))
    path = PurePosixPath(urlsplit(uri).path if is_web else uri)
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def list_files(source: str) -> list[SourceFile]:
    """Return the files of a source in the order of their names.

    Of a folder these are all tables in it and below; files and folders whose name begins with
    ``_`` or ``.`` are none.

    Args:
        source: a path, ``file://…``, ``s3://…``, also as ``s3a://…``, or ``gs://…``; with ``*``,
            ``?`` or ``[…]`` a pattern, in which ``**`` stands for folders of any depth.

    Raises:
        UserError: no file matches, a folder holds no table, or tables of several types.
    """
    source = canonical_source(source)
    scheme = urlsplit(source).scheme
    if scheme in ("", "file"):
        return _local_files(source.removeprefix("file://"), source)
    return _remote_files(source)


def _local_files(path: str, source: str) -> list[SourceFile]:
    place = Path(path)
    if place.is_dir():
        return _of_folder(
            [(p.relative_to(place).as_posix(), str(p)) for p in place.rglob("*")], source
        )
    if _PATTERN.search(path) and not place.exists():
        root, pattern = _split_pattern(path)
        folder = Path(root or ".")
        found = [
            (p.relative_to(folder).as_posix(), str(p)) for p in folder.glob(pattern) if p.is_file()
        ]
        return _matching(found, source)
    return [SourceFile("", source)]


def _remote_files(source: str) -> list[SourceFile]:
    if not source.endswith("/") and not _PATTERN.search(source):
        return [SourceFile("", source)]
    import fsspec

    scheme = source.partition("://")[0]
    root, _ = _split_pattern(source) if _PATTERN.search(source) else (source, "")
    try:
        files, path = fsspec.core.url_to_fs(source)
        base = root.removeprefix(f"{scheme}://").strip("/")
        paths = files.glob(path) if _PATTERN.search(source) else files.find(path)
    except Exception as error:
        # Each object store raises its own errors for missing rights, buckets and networks.
        raise UserError(f"{source}: cannot be listed: {type(error).__name__}: {error}") from None
    found = [(str(p).strip("/").removeprefix(base).strip("/"), f"{scheme}://{p}") for p in paths]
    return _matching(found, source) if _PATTERN.search(source) else _of_folder(found, source)


def _split_pattern(path: str) -> tuple[str, str]:
    """Return the folder above a pattern's first special character, and the rest."""
    start = _PATTERN.search(path)
    root, slash, _ = path[: start.start() if start else None].rpartition("/")
    return root + slash, path[len(root + slash) :]


def _of_folder(found: list[tuple[str, str]], source: str) -> list[SourceFile]:
    files = [
        SourceFile(name, uri)
        for name, uri in sorted(found)
        if file_type(uri) and not any(part[0] in "_." for part in PurePosixPath(name).parts)
    ]
    types = sorted({str(file_type(file.uri)) for file in files})
    pattern = f"{source.rstrip('/')}/**/*{_extension(files[0].uri)}*" if files else ""
    if not files:
        raise UserError(f"{source}: the folder holds no table; allowed are {', '.join(FILE_TYPES)}")
    if len(types) > 1:
        raise UserError(
            f"{source}: the folder holds tables of the types {', '.join(types)}, allowed is one;"
            f" write a pattern such as {pattern}"
        )
    return files


def _matching(found: list[tuple[str, str]], source: str) -> list[SourceFile]:
    if not found:
        raise UserError(f"{source}: no file matches")
    return [SourceFile(name, uri) for name, uri in sorted(found)]
