"""Reading a table from a path or URI, with the hash of its bytes."""

import hashlib
import io
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from homestead.data.csv_text import read_csv
from homestead.errors import UserError
from homestead.files import atomic_path, read_uri

SCHEMES = ("", "file", "s3", "gs", "dvc")
ROW = "row"

# Nullable types of pandas, in which a missing value turns no integer into a float.
_EXACT_TYPES = {
    pa.bool_(): pd.BooleanDtype(),
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.uint8(): pd.UInt8Dtype(),
    pa.uint16(): pd.UInt16Dtype(),
    pa.uint32(): pd.UInt32Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
}


def read_table(uri: str) -> tuple[pd.DataFrame, str]:
    """Read a Parquet or CSV table.

    Args:
        uri: a path, ``s3://…``, ``gs://…`` or ``dvc://<repo>@<revision>/<path>``
            (:func:`homestead.data.dvc.read_dvc_version`).

    Returns:
        The table, and the SHA-256 of the file's bytes in hex. The index holds each row's place in
        the file, counted from 1: ``line`` of a CSV, whose values are texts, or ``row`` of a
        Parquet file, whose integers are exact.

    Raises:
        UserError: the file does not exist, cannot be read, is empty, or is not a Parquet or CSV
            table.
    """
    content = _read_bytes(uri)
    if not content:
        raise UserError(f"{uri}: the file is empty")
    digest = hashlib.sha256(content).hexdigest()
    suffix = Path(uri).suffix.lower()
    if suffix not in (".parquet", ".csv"):
        raise UserError(
            f"{uri}: found {f'a {suffix} file' if suffix else 'a file without an extension'},"
            " allowed are .parquet, .csv"
        )
    table = read_csv(content, uri) if suffix == ".csv" else _read_parquet(content, uri)
    if table.empty:
        raise UserError(f"{uri}: the table has no rows")
    return table, digest


def hash_source(uri: str) -> str:
    """Return the SHA-256 of a source's bytes in hex, as :func:`read_table` does.

    Raises:
        UserError: the source does not exist or cannot be read.
    """
    return hashlib.sha256(_read_bytes(uri)).hexdigest()


def _read_parquet(content: bytes, uri: str) -> pd.DataFrame:
    try:
        # Spark's older times are 96 bits long; in nanoseconds the year 9999 would wrap around.
        table = pq.read_table(io.BytesIO(content), coerce_int96_timestamp_unit="us")
        frame: pd.DataFrame = _in_utc(table).to_pandas(
            types_mapper=_EXACT_TYPES.get, ignore_metadata=True, date_as_object=False
        )
    except (ValueError, OSError, NotImplementedError) as error:
        reason = str(error).partition("\n")[0]
        raise UserError(f"{uri}: not a parquet table: {reason}") from None
    for field in table.schema:
        if pa.types.is_nested(field.type):
            # No type of column holds lists or structures; as texts they are bad values by name.
            frame[field.name] = frame[field.name].map(str, na_action="ignore")
    frame.index = pd.RangeIndex(1, len(frame) + 1, name=ROW)
    return frame


def _in_utc(table: pa.Table) -> pa.Table:
    """Return the table with times in UTC, without a zone; pandas crashes on far years in others."""
    for position, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz:
            times = table.column(position).cast(pa.timestamp(field.type.unit))
            table = table.set_column(position, field.name, times)
    return table


def _read_bytes(uri: str) -> bytes:
    scheme = urlsplit(uri).scheme
    if scheme not in SCHEMES:
        raise UserError(f"{uri}: found {scheme}://, allowed are a path, s3://, gs:// and dvc://")
    if scheme == "dvc":
        from homestead.data.dvc import read_dvc_version

        return read_dvc_version(uri)
    return read_uri(uri)


def write_parquet(table: pd.DataFrame, path: Path) -> None:
    """Write a Parquet file atomically."""
    with atomic_path(path) as temporary:
        table.to_parquet(temporary, index=False)
