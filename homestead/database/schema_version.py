"""Version of the SQL tables: what this code needs, what a database has, and whether they fit.

A version is ``generation.number``, the last migration that was run. Within a generation each
migration only adds tables, indexes and columns that may be NULL, so that code works with a database
that is newer than itself: servers of the former version go on while a deployment replaces them,
and after it was taken back.
"""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from homestead.errors import UserError

# Every table of this project's database; the migrations create what it describes.
METADATA = sa.MetaData()
# The version of METADATA: that of the newest file in homestead/database/migrations/versions.
SCHEMA_VERSION = "1.7"
MIGRATIONS_FOLDER = Path(__file__).parent / "migrations"
# Not Alembic's default name, which MLflow's and Feast's migrations use, perhaps in one database.
VERSION_TABLE = sa.Table(
    "homestead_alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), primary_key=True),
)
_UNDEFINED_TABLE = "42P01"  # PostgreSQL


class SchemaVersionError(UserError, sa.exc.SQLAlchemyError):
    """The database's tables are not those that this version of the code works with."""


def is_up_to_date(version: str | None) -> bool:
    """Return whether this code works with a database of a version; None is one without tables.

    Raises:
        SchemaVersionError: the database is of a later generation.
    """
    found, needed = _parts(version), _parts(SCHEMA_VERSION)
    if found[0] > needed[0]:
        raise SchemaVersionError(
            f"HOMESTEAD_DATABASE_URL: the tables are of version {version}, this Homestead works"
            f" with versions {needed[0]}.*; install a later Homestead, or restore a backup made"
            " before its migration"
        )
    return found >= needed


def outdated(version: str | None) -> SchemaVersionError:
    """Return the error for a database that only its owner may migrate."""
    found = "there are no tables" if version is None else f"the tables are of version {version}"
    return SchemaVersionError(
        f"HOMESTEAD_DATABASE_URL: {found}, needed is version {SCHEMA_VERSION}; run"
        " 'homestead migrate' with the account that owns the database"
    )


def read_version(connection: Any) -> str | None:
    """Return the version of a database from a DBAPI connection without a transaction.

    Returns:
        None if no migration was ever run.

    Raises:
        Exception: the DBAPI's error if the database cannot be read.
    """
    cursor = connection.cursor()
    try:
        cursor.execute(f"SELECT version_num FROM {VERSION_TABLE.name}")  # noqa: S608
        row = cursor.fetchone()
    except Exception as error:
        if _is_missing_table(error):
            return None
        raise
    finally:
        cursor.close()
        connection.rollback()
    return None if row is None else str(row[0])


def _is_missing_table(error: Exception) -> bool:
    return getattr(error, "sqlstate", None) == _UNDEFINED_TABLE or str(error).startswith(
        f"no such table: {VERSION_TABLE.name}"
    )


def _parts(version: str | None) -> tuple[int, int]:
    if version is None:
        return (0, 0)
    generation, _, number = version.partition(".")
    return int(generation), int(number)
