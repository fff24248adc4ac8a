"""Reading a table from where it lies, with the hash that names its bytes."""

import hashlib
import io
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd

from homestead.errors import UserError
from homestead.files import read_uri, replacing

SCHEMES = ("", "file", "s3", "gs", "dvc")


def read_table(uri: str) -> tuple[pd.DataFrame, str]:
    """Read a Parquet or CSV table.

    Args:
        uri: a path, ``s3://…``, ``gs://…`` or ``dvc://<repo>@<revision>/<path>``
            (:func:`homestead.data.dvc.read_dvc_version`).

    Returns:
        The table, and the SHA-256 of the file's bytes in hex.

    Raises:
        UserError: not there, not readable, empty, or not a Parquet or CSV file.
    """
    content = _read_bytes(uri)
    if not content:
        raise UserError(f"{uri}: the file is empty")
    digest = hashlib.sha256(content).hexdigest()
    kind = Path(uri).suffix.lower()
    if kind not in (".parquet", ".csv"):
        raise UserError(
            f"{uri}: found a {kind or 'file without an ending'}, allowed are .parquet, .csv"
        )
    try:
        source = io.BytesIO(content)
        table = pd.read_parquet(source) if kind == ".parquet" else pd.read_csv(source)
    except (ValueError, OSError, NotImplementedError) as error:
        reason = str(error).partition("\n")[0]
        raise UserError(f"{uri}: not a {kind[1:]} table: {reason}") from None
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
    """Write a table in one go."""
    with replacing(path) as part:
        table.to_parquet(part, index=False)
