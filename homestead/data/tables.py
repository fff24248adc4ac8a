"""Reading a table from a path or URI, with the hash of its bytes."""

import hashlib
import io
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd

from homestead.errors import UserError
from homestead.files import atomic_path, read_uri

SCHEMES = ("", "file", "s3", "gs", "dvc")


def read_table(uri: str) -> tuple[pd.DataFrame, str]:
    """Read a Parquet or CSV table.

    Args:
        uri: a path, ``s3://…``, ``gs://…`` or ``dvc://<repo>@<revision>/<path>``
            (:func:`homestead.data.dvc.read_dvc_version`).

    Returns:
        The table, and the SHA-256 of the file's bytes in hex.

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
    try:
        buffer = io.BytesIO(content)
        table = pd.read_parquet(buffer) if suffix == ".parquet" else pd.read_csv(buffer)
    except (ValueError, OSError, NotImplementedError) as error:
        reason = str(error).partition("\n")[0]
        raise UserError(f"{uri}: not a {suffix[1:]} table: {reason}") from None
    if table.empty:
        raise UserError(f"{uri}: the table has no rows")
    return table, digest


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
