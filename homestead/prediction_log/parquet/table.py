"""The table ``predictions`` of a DuckDB database, made of the log's Parquet files."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from homestead.errors import UserError
from homestead.prediction_log.parquet.layout import COLUMNS, SCHEMA_VERSION, quoted

if TYPE_CHECKING:
    import duckdb

_NAMES = ", ".join(map(quoted, COLUMNS))
_EMPTY = ", ".join(
    f"NULL::{kind} AS {quoted(name)}" for name, kind in {**COLUMNS, "features": "VARCHAR"}.items()
)


def create_predictions(
    database: "duckdb.DuckDBPyConnection", files: Mapping[str, Sequence[str]]
) -> None:
    """Create the table as a view of files.

    Its columns are those in SQL; ``features`` is a text that is only made where it is read. A row
    that servers wrote twice, because a client repeated its request, is there once, as in SQL.

    Args:
        files: by kind; those of a kind have the same columns.

    Raises:
        UserError: a file was written by a newer version of Homestead.
    """
    parts = []
    for paths in files.values():
        features = read_features(database, paths[0])
        pairs = ", ".join(f"{text(name)}, {quoted(col)}" for name, col in features.items())
        parts.append(
            f"SELECT {_NAMES}, CAST(json_object({pairs}) AS VARCHAR) AS features"  # noqa: S608
            f" FROM {read_parquet(paths)}"
        )
    source = " UNION ALL ".join(parts) or f"SELECT {_EMPTY} WHERE false"
    if parts and _has_repeats(database, files):
        source = (
            f"SELECT * FROM ({source})"  # noqa: S608
            ' QUALIFY row_number() OVER (PARTITION BY prediction_id, "row" ORDER BY "at") = 1'
        )
    database.execute(f"CREATE VIEW predictions AS {source}")


def read_features(database: "duckdb.DuckDBPyConnection", path: str) -> dict[str, str]:
    """Return the columns of a file's features by their names, in the model's order.

    Raises:
        UserError: the file was written by a newer version of Homestead, or by something else.
    """
    statement = f"SELECT key, value FROM parquet_kv_metadata({text(path)})"  # noqa: S608
    told = dict(database.execute(statement).fetchall())
    version = told.get(b"schema_version", b"").decode()
    if not version.isdecimal() or int(version) > SCHEMA_VERSION:
        raise UserError(
            f"{path}: found version {version or 'none'} of the log's columns, allowed are 1 to"
            f" {SCHEMA_VERSION}: read it with a newer version of Homestead"
        )
    return msgspec.json.decode(told[b"features"], type=dict[str, str])


def read_parquet(paths: Sequence[str]) -> str:
    """Return the table function that reads files of the same columns."""
    listed = ", ".join(map(text, paths))
    return f"read_parquet([{listed}], hive_partitioning = false)"


def _has_repeats(database: "duckdb.DuckDBPyConnection", files: Mapping[str, Sequence[str]]) -> bool:
    """Return whether a row is in the files twice: a client repeated its request at two servers."""
    paths = [path for group in files.values() for path in group]
    [[repeats]] = database.execute(
        f"""
        SELECT EXISTS (
            SELECT 1 FROM {read_parquet(paths)} GROUP BY prediction_id, "row" HAVING count(*) > 1)
        """  # noqa: S608 - texts are quoted
    ).fetchall()
    return bool(repeats)


def text(value: str) -> str:
    """Return a text as SQL has it."""
    return "'" + value.replace("'", "''") + "'"
