"""The result of a job: one file made of its parts, or the folder that they stay in."""

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from homestead.errors import UserError
from homestead.problem.values.source_urls import canonical_source, is_sql, is_web, source_place
from homestead.scoring.parts.store import PartStore, open_parts

FILE_TYPES = (".parquet", ".csv", ".jsonl")
# Of a folder's parts; readers of folders leave out names that begin with an underscore.
MANIFEST = "_scoring.json"


class Target:
    """Where a result goes.

    Attributes:
        uri: its path or URI, absolute.
        parts: where the parts of a job are kept until it is done, and of a folder after it.
    """

    def __init__(self, target: str) -> None:
        """Recognise a file by its ending; anything else is a folder.

        Raises:
            UserError: a file of another type, or a place that cannot be written.
        """
        target = canonical_source(target)
        scheme = urlsplit(target).scheme
        is_local = scheme in ("", "file")
        if not is_local and not _is_object_store(target, scheme):
            raise UserError(
                f"{source_place(target)}: found {scheme}://, allowed are files and folders of this"
                " machine, s3:// (s3a:// is the same) and gs://"
            )
        path = target.removeprefix("file://")
        self.uri = os.path.abspath(path) if is_local else target.rstrip("/")
        self._is_local = is_local
        suffix = os.path.splitext(self.uri)[1].lower()
        is_folder = target.endswith("/") or (is_local and Path(path).is_dir())
        if suffix not in FILE_TYPES and suffix and not is_folder:
            raise UserError(
                f"{target}: allowed are files ending in {', '.join(FILE_TYPES)}, and folders"
            )
        self._type = suffix if suffix in FILE_TYPES and not is_folder else ""
        self._job = ""

    @property
    def is_file(self) -> bool:
        """Whether the parts become one file."""
        return bool(self._type)

    def parts(self, job: str) -> PartStore:
        """Return the store of a job's parts.

        Raises:
            UserError: the target is a folder that holds other files.
        """
        self._job = job
        if self.is_file:
            return open_parts(f"{self.uri}.parts-{job}")
        store = open_parts(self.uri)
        others = sorted(name for name in store.names() if f"-{job}." not in name)
        if MANIFEST in others and json.loads(store.read(MANIFEST)).get("job") == job:
            others.remove(MANIFEST)  # of a job that is complete
        if others:
            raise UserError(
                f"{self.uri}: found {others[0]}, which is not of this job (the same rows, model and"
                " options); allowed is an empty folder, or that of this job"
            )
        return store

    def write(self, store: PartStore, names: Sequence[str], schema: pa.Schema) -> None:
        """Make one file of parts; it replaces an earlier one once it is complete.

        Raises:
            UserError: it cannot be written.
        """
        if self._is_local:
            # In the folder of the parts, where a rerun deletes what a killed run has left.
            temporary = Path(f"{self.uri}.parts-{self._job}") / ".result"
            try:
                temporary.parent.mkdir(parents=True, exist_ok=True)
                self._write_file(temporary, store, names, schema)
                temporary.chmod(0o644)
                temporary.replace(self.uri)
            except OSError as error:
                raise UserError(f"{self.uri}: cannot be written: {error}") from None
            return
        with tempfile.TemporaryDirectory(prefix="homestead-score-") as folder:
            path = Path(folder) / "result"
            self._write_file(path, store, names, schema)
            import fsspec

            try:
                files, place = fsspec.core.url_to_fs(self.uri)
                files.put_file(str(path), place)
            except Exception as error:
                # Each object store raises its own errors for missing rights and networks.
                raise UserError(
                    f"{self.uri}: cannot be written: {type(error).__name__}: {error}"
                ) from None

    def _write_file(
        self, path: Path, store: PartStore, names: Sequence[str], schema: pa.Schema
    ) -> None:
        tables = (pq.read_table(pa.BufferReader(store.read(name))) for name in names)
        if self._type == ".parquet":
            with pq.ParquetWriter(path, schema.remove_metadata()) as writer:
                for table in tables:
                    writer.write_table(table.replace_schema_metadata(None))
        elif self._type == ".csv":
            _write_csv(path, tables)
        else:
            _write_json_lines(path, tables)


def _is_object_store(target: str, scheme: str) -> bool:
    """Return whether fsspec may write there; the client of the object store may still be absent."""
    import fsspec

    if is_sql(target) or is_web(target):
        return False
    return scheme != "dvc" and scheme in fsspec.available_protocols()


def manifest(facts: dict[str, Any]) -> bytes:
    """Return the text of a folder's manifest."""
    return (json.dumps(facts, indent=2) + "\n").encode()


def _write_csv(path: Path, tables: Iterator[pa.Table]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        for number, table in enumerate(tables):
            # pandas writes the shortest digits that give the same double.
            table.to_pandas(types_mapper=_exact_type).to_csv(file, index=False, header=number == 0)


def _write_json_lines(path: Path, tables: Iterator[pa.Table]) -> None:
    import msgspec

    encode = msgspec.json.Encoder(enc_hook=str).encode
    with path.open("wb") as file:
        for table in tables:
            file.writelines(encode(row) + b"\n" for row in table.to_pylist())


def _exact_type(kind: pa.DataType) -> Any:
    """Return a type of pandas in which a missing value turns no integer into a float."""
    import pandas as pd

    return pd.ArrowDtype(kind) if pa.types.is_integer(kind) else None
