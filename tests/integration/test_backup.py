"""Backup and restore: the manifests' scripts with a real PostgreSQL, and copies of objects."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from homestead.database.drift_reports import latest_drift_report, write_drift_report
from homestead.database.engine import open_database
from homestead.errors import UserError
from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.tables import PREDICTIONS
from homestead.steps.commands.copy_objects import copy_objects
from tests.conftest import PostgreSQL
from tests.factories import drift_report_row, prediction_entry

SCRIPTS = Path(__file__).parents[2] / "manifests" / "components" / "backup" / "scripts.yaml"


@dataclass
class Store:
    """A database with rows, and the scripts that back it up."""

    url: str
    folder: Path
    environment: dict[str, str]

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        text = yaml.safe_load(SCRIPTS.read_text())["data"][script]
        return subprocess.run(
            ["sh", "-c", text.replace("/backup", str(self.folder))],
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def execute(self, *statements: str) -> None:
        engine = sa.create_engine(self.url)
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))
        engine.dispose()

    def content(self) -> dict[str, list[tuple[object, ...]]]:
        """Return the rows of each table, and who may do what with it."""
        engine = sa.create_engine(self.url)
        with engine.connect() as connection:
            tables = sa.inspect(connection).get_table_names()
            content = {
                name: sorted(map(tuple, connection.execute(sa.text(f"TABLE {name}"))), key=repr)
                for name in tables
            }
            grants = "SELECT relname, relacl::text FROM pg_class WHERE relname = 'predictions'"
            content["rights"] = [tuple(row) for row in connection.execute(sa.text(grants))]
        engine.dispose()
        return content


@pytest.fixture
def store(
    postgresql: PostgreSQL, tmp_path: Path, program: Callable[[str, str], str]
) -> Iterator[Store]:
    url = postgresql.migrated_database()
    engine = open_database(url)
    insert_lines(engine, [prediction_entry("a", 1.0, 2.0), prediction_entry("b", 3.0)])
    write_drift_report(engine, drift_report_row())
    engine.dispose()
    address = sa.make_url(url)
    tools = Path(program("pg_dump", "postgresql")).parent
    environment = {
        "PATH": os.pathsep.join([str(tools), os.environ["PATH"]]),
        "PGHOST": "127.0.0.1",
        "PGPORT": str(address.port),
        "PGUSER": "homestead",
        "DATABASES": str(address.database),
        "KEEP": "2",
    }
    store = Store(url, tmp_path, environment)
    store.execute("CREATE ROLE of_the_backup", "GRANT SELECT ON predictions TO of_the_backup")
    yield store
    store.execute("DROP OWNED BY of_the_backup", "DROP ROLE of_the_backup")


def test_what_was_dropped_is_there_again(store: Store) -> None:
    before = store.content()
    saved = store.run("backup.sh")
    assert saved.returncode == 0, saved.stderr
    store.execute(
        "DROP TABLE predictions", "DELETE FROM drift_reports", "CREATE TABLE later (i int)"
    )
    restored = store.run("restore.sh")
    assert restored.returncode == 0, restored.stderr
    after = store.content()
    assert after.pop("later") == []
    assert after == before
    assert ("predictions", "of_the_backup=r") in [
        (name, str(rights)[str(rights).index("of_the") :].split("/")[0])
        for name, rights in after["rights"]
    ]
    # Numbers of later rows go on behind those of the backup.
    engine = open_database(store.url)
    write_drift_report(engine, drift_report_row(at=2000.0))
    newest = latest_drift_report(engine, drift_report_row().problem)
    assert newest is not None
    assert newest.at == 2000.0
    engine.dispose()


def test_an_earlier_backup_can_be_named_and_old_ones_go(store: Store) -> None:
    names = []
    for _ in range(3):
        assert store.run("backup.sh").returncode == 0
        names = sorted(path.name for path in (store.folder / "postgres").iterdir())
        store.execute("DELETE FROM predictions WHERE prediction_id = 'a'")
        time.sleep(1.1)
    assert len(names) == 2
    assert store.run("restore.sh", BACKUP=names[0]).returncode == 0
    assert {row[0] for row in store.content()[PREDICTIONS.name]} == {"b"}
    missing = store.run("restore.sh", BACKUP="20200101T000000Z")
    assert missing.returncode == 1
    assert f"there are: {names[0]}" in missing.stderr


def test_a_restore_that_fails_changes_nothing(store: Store) -> None:
    assert store.run("backup.sh").returncode == 0
    store.execute("DROP OWNED BY of_the_backup", "ALTER ROLE of_the_backup RENAME TO renamed")
    before = store.content()
    failed = store.run("restore.sh")
    store.execute("ALTER ROLE renamed RENAME TO of_the_backup")
    assert failed.returncode != 0
    assert 'role "of_the_backup" does not exist' in failed.stderr
    assert store.content() == before


def test_objects_are_copied_once_and_come_back(tmp_path: Path) -> None:
    bucket, backup = tmp_path / "bucket", tmp_path / "backup"
    (bucket / "1" / "artifacts").mkdir(parents=True)
    model, report = bucket / "1" / "artifacts" / "model.onnx", bucket / "1" / "report.html"
    model.write_bytes(b"model")
    report.write_bytes(b"report")
    lines: list[str] = []
    for _ in range(2):
        copy_objects(str(bucket), str(backup), lines.append)
    assert [line.split(", ")[1].split()[0] for line in lines] == ["2", "0"]
    model.unlink()
    report.write_bytes(b"changed since")
    copy_objects(str(backup), "memory://restored", lines.append)
    copy_objects("memory://restored", str(tmp_path / "again"), lines.append)
    assert (tmp_path / "again" / "1" / "artifacts" / "model.onnx").read_bytes() == b"model"
    copy_objects(str(bucket), str(backup), lines.append)
    assert (backup / "1" / "report.html").read_bytes() == b"changed since"
    assert (backup / "1" / "artifacts" / "model.onnx").read_bytes() == b"model"  # never deleted


def test_a_source_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="none: does not exist"):
        copy_objects(f"{tmp_path}/none", str(tmp_path), lambda _: None)
