"""Migrations: databases of earlier versions are carried over, on sqlite and PostgreSQL alike."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from homestead.database.drift_reports import latest_drift_report
from homestead.database.engine import open_database, open_engine
from homestead.database.job_runs import latest_job_runs
from homestead.database.migrations.upgrade import upgrade
from homestead.database.schema_version import MIGRATIONS_FOLDER, SCHEMA_VERSION, VERSION_TABLE
from homestead.prediction_log.read_window import read_window
from tests.conftest import PostgreSQL
from tests.database import described_tables
from tests.factories import drift_report_row

DUMPS = Path(__file__).parent / "databases"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """Open a database without tables, of each kind."""
    url = f"sqlite:///{tmp_path / 'log.db'}"
    if request.param == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        url = server.new_database()
    engine = open_engine(url)
    yield engine
    engine.dispose()


def fill(engine: sa.Engine, name: str) -> None:
    """Execute a dump that the code of an earlier version wrote."""
    text = (DUMPS / f"{name}.{engine.dialect.name}.sql").read_text(encoding="utf-8")
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.connection.driver_connection.executescript(text)  # type: ignore[union-attr]
        else:
            connection.exec_driver_sql(text)
            connection.commit()


def rows(engine: sa.Engine) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of each table that the code before the migrations had."""
    names = ("drift_reports", "feedback", "feedback_verdicts", "predictions", "task_runs")
    tables = sa.MetaData()
    tables.reflect(engine, only=names)
    with engine.connect() as connection:
        return {
            name: sorted(map(tuple, connection.execute(sa.select(tables.tables[name]))), key=str)
            for name in names
        }


def fault(engine: sa.Engine) -> str:
    """Return what a new migration has to do so that the database is as the code says, or ''."""
    tables = described_tables()
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE.name}
        context = MigrationContext.configure(connection, opts=options)
        if not compare_metadata(context, tables):
            return ""
        operations = render_python_code(produce_migrations(context, tables).upgrade_ops)  # type: ignore[arg-type]
    return (
        f"the migrations do not make the tables that the code describes. Add the file"
        f" {MIGRATIONS_FOLDER.name}/versions/v*.py with the next version (CONTRIBUTING.md,"
        f" 'Changing a table'), write that version as SCHEMA_VERSION, and in it:\n{operations}"
    )


def test_migrations_make_the_tables_that_the_code_describes(empty: sa.Engine) -> None:
    assert upgrade(empty) == SCHEMA_VERSION
    assert not (message := fault(empty)), message


def test_a_database_of_the_time_before_migrations_keeps_its_rows(empty: sa.Engine) -> None:
    fill(empty, "before_migrations")
    before = rows(empty)
    assert all(before.values())
    upgrade(empty)
    after = rows(empty)
    for name, table_rows in before.items():
        width = len(table_rows[0])
        assert [row[:width] for row in after[name]] == table_rows
    assert not (message := fault(empty)), message
    engine = open_database(empty.url.render_as_string(hide_password=False))
    assert sorted(read_window(engine, "homes").inputs["area"]) == [1.0, 2.0]
    assert latest_drift_report(engine, "flats") == drift_report_row()
    assert latest_job_runs(engine, "churn").keys() == {("drift", "succeeded")}
    engine.dispose()


def test_what_still_earlier_versions_lacked_is_added(empty: sa.Engine) -> None:
    fill(empty, "before_migrations")
    with empty.begin() as connection:
        for statement in (
            "DROP TABLE feedback_verdicts",
            "ALTER TABLE predictions DROP COLUMN shadow_of",
            "ALTER TABLE feedback DROP COLUMN truth_label",
            "DROP INDEX predictions_by_request",
        ):
            connection.exec_driver_sql(statement)
    upgrade(empty)
    assert not (message := fault(empty)), message
    assert len(rows(empty)["predictions"]) == 3


def test_a_home_of_an_earlier_version_is_carried_over_when_it_is_opened(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'homestead.db'}"
    plain = open_engine(url)
    fill(plain, "before_migrations")
    plain.dispose()
    engine = open_database(url)
    assert len(read_window(engine, "homes").inputs) == 2
    assert fault(engine) == ""
    engine.dispose()


def test_several_may_migrate_at_once(empty: sa.Engine) -> None:
    fill(empty, "before_migrations")
    url = empty.url.render_as_string(hide_password=False)
    engines = [open_engine(url) for _ in range(4)]
    with ThreadPoolExecutor(len(engines)) as threads:
        assert set(threads.map(upgrade, engines)) == {SCHEMA_VERSION}
    for engine in engines:
        engine.dispose()
    assert len(rows(empty)["predictions"]) == 3


def test_processes_that_open_a_new_home_at_once_all_find_tables(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'homestead.db'}"
    read = (
        "from homestead.database.engine import open_database as o;"
        "from homestead.database.job_runs import latest_job_runs as j;"
        f"e = o({url!r}); print(j(e, 'churn')); e.dispose()"
    )
    command = [sys.executable, "-c", read]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [reader.communicate()[0] for reader in readers] == ["{}\n", "{}\n"]


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    empty: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(empty, "before_migrations")
    with empty.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE feedback DROP COLUMN truth_label")

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    # Called when a migration's statements were executed.
    monkeypatch.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", fail)
    with pytest.raises(ZeroDivisionError):
        upgrade(empty)
    inspector = sa.inspect(empty)
    assert not inspector.has_table(VERSION_TABLE.name)
    assert "truth_label" not in {column["name"] for column in inspector.get_columns("feedback")}


def test_versions_follow_one_another_and_are_named_by_their_files() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_FOLDER))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [SCHEMA_VERSION]
    for script in scripts.walk_revisions():
        assert Path(script.path).name.startswith(f"v{script.revision.replace('.', '_')}_")
        assert not hasattr(script.module, "downgrade"), "not offered: a backup is restored instead"
