"""Running the migrations that a database lacks."""

import sqlalchemy as sa

from homestead.database.schema_version import (
    METADATA,
    MIGRATIONS_FOLDER,
    SCHEMA_VERSION,
    VERSION_TABLE,
    is_up_to_date,
)

# Key of PostgreSQL's advisory lock: "home" in ASCII.
_LOCK_KEY = 0x686F6D65
_LOCK_TIMEOUT_MS = 600_000


def upgrade(engine: sa.Engine) -> str:
    """Bring the tables to this code's version in one transaction; safe in several processes.

    A database without a version, empty or of a time before there were migrations, is migrated from
    the first one on, which completes what it finds.

    Args:
        engine: opened with :func:`homestead.database.engine.open_engine`; of PostgreSQL, with the
            account that owns the database.

    Returns:
        The version, which is a later one of the same generation if the code is the older one.

    Raises:
        SchemaVersionError: the database is of a later generation than the code.
        SQLAlchemyError: the account may not change tables, or the database cannot be reached.
    """
    with engine.connect() as connection:
        _begin_exclusively(connection)
        version = _version(connection)
        if version is None or not is_up_to_date(version):
            _run_migrations(connection)
            connection.commit()
            version = SCHEMA_VERSION
    return version


def _begin_exclusively(connection: sa.Connection) -> None:
    """Begin a transaction that waits for the migration of another process."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_LOCK_TIMEOUT_MS}")
        # sqlite3 itself begins no transaction before it changes a table.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_KEY)))


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSION_TABLE.name):
        return None
    version: str | None = connection.scalar(sa.select(VERSION_TABLE.c.version_num))
    return version


def _run_migrations(connection: sa.Connection) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_FOLDER).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    with EnvironmentContext(
        config,
        scripts,
        fn=lambda version, _: scripts._upgrade_revs(SCHEMA_VERSION, version),
    ) as environment:
        environment.configure(
            connection=connection,
            target_metadata=METADATA,
            version_table=VERSION_TABLE.name,
            # sqlite changes a column by copying its table.
            render_as_batch=True,
            transactional_ddl=True,
        )
        environment.run_migrations()
