"""Migration: each part of a deployment works with an account that may do no more than it does."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from homestead.database.drift_reports import DRIFT_REPORTS, latest_drift_report, write_drift_report
from homestead.database.engine import open_engine, open_read_only
from homestead.database.job_runs import JOB_RUNS, latest_job_runs, write_job_run
from homestead.database.schema_version import SCHEMA_VERSION
from homestead.errors import UserError
from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.read_window import read_window
from homestead.prediction_log.shipper import Shipper
from homestead.prediction_log.tables import PREDICTIONS
from homestead.settings import Settings
from homestead.steps.commands.migrate import (
    ACCOUNTS,
    MLFLOW_ACCOUNT,
    MLFLOW_URL_VARIABLE,
    migrate_database,
    migrate_mlflow,
)
from homestead.steps.commands.prune_log import prune_log
from tests.conftest import PostgreSQL
from tests.database import described_tables
from tests.factories import drift_report_row, prediction_entry

OWNER = "homestead_owner"
ENTRY = prediction_entry("answered", 1.0)
NAMES = (OWNER, MLFLOW_ACCOUNT, *(account.name for account in ACCOUNTS))


@pytest.fixture
def url(postgresql: PostgreSQL) -> Iterator[str]:
    """Return the URL of a database for its owner, who is no superuser."""
    url = postgresql.new_database()
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in NAMES:
            connection.execute(sa.text(f"CREATE ROLE {name} LOGIN"))
        database = engine.url.database
        connection.execute(sa.text(f"ALTER DATABASE {database} OWNER TO {OWNER}"))
        connection.execute(sa.text("ALTER SCHEMA public OWNER TO pg_database_owner"))
        connection.execute(sa.text(f"REVOKE CONNECT ON DATABASE {database} FROM PUBLIC"))
        yield of_account(url, OWNER)
        connection.execute(sa.text(f"DROP OWNED BY {', '.join(NAMES)} CASCADE"))
        connection.execute(sa.text(f"ALTER DATABASE {database} OWNER TO CURRENT_USER"))
        connection.execute(sa.text(f"DROP ROLE {', '.join(NAMES)}"))
    engine.dispose()


def of_account(url: str, name: str) -> str:
    return sa.make_url(url).set(username=name).render_as_string(hide_password=False)


@pytest.fixture
def migrated(url: str, tmp_path: Path) -> str:
    lines: list[str] = []
    for _ in range(2):
        migrate_database(Settings(home=tmp_path, database_url=url), lines.append)
    assert lines[-2:] == [
        f"tables are up to date: version {SCHEMA_VERSION}",
        f"rights granted to {', '.join(account.name for account in ACCOUNTS)}",
    ]
    return url


def refused(engine: sa.Engine, statement: sa.Executable) -> bool:
    denied = pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner")
    with denied, engine.begin() as connection:
        connection.execute(statement)
    return True


def test_a_server_ships_the_log_and_reads_reports_but_deletes_nothing(
    migrated: str, tmp_path: Path
) -> None:
    engine = open_engine(of_account(migrated, "homestead_server"))
    insert_lines(engine, [ENTRY])
    shipper = Shipper(tmp_path / "spool", engine)
    shipper.ship()
    assert shipper.error == ""
    assert latest_drift_report(engine, "churn") is None
    assert latest_job_runs(engine, "churn") == {}
    for statement in (
        sa.delete(PREDICTIONS),
        sa.update(PREDICTIONS).values(version="2"),
        sa.insert(JOB_RUNS).values(problem="churn", task="drift", outcome="succeeded", at=1.0),
        sa.text("DROP TABLE predictions"),
        sa.text("CREATE TABLE other (id INTEGER)"),
    ):
        assert refused(engine, statement)
    engine.dispose()


def test_the_drift_check_reads_the_log_and_adds_reports(migrated: str) -> None:
    server = open_engine(of_account(migrated, "homestead_server"))
    insert_lines(server, [ENTRY])
    server.dispose()
    engine = open_engine(of_account(migrated, "homestead_drift"))
    assert len(read_window(engine, ENTRY.problem, None, None, None).inputs) == 1
    write_drift_report(engine, drift_report_row())
    write_job_run(of_account(migrated, "homestead_drift"), "churn", "drift", "succeeded")
    assert latest_drift_report(engine, drift_report_row().problem) is not None
    assert latest_job_runs(engine, "churn").keys() == {("drift", "succeeded")}
    for table in (PREDICTIONS, DRIFT_REPORTS):
        assert refused(engine, sa.delete(table))
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        insert_lines(engine, [prediction_entry("forged", 1.0)])
    engine.dispose()


def test_the_pipeline_records_its_outcome_and_reads_no_prediction(migrated: str) -> None:
    address = of_account(migrated, "homestead_pipeline")
    write_job_run(address, "churn", "training", "succeeded")
    engine = open_engine(address)
    assert latest_job_runs(engine, "churn").keys() == {("training", "succeeded")}
    assert refused(engine, sa.select(PREDICTIONS))
    engine.dispose()


def test_expired_rows_are_deleted_by_an_account_that_adds_none(
    migrated: str, tmp_path: Path
) -> None:
    server = open_engine(of_account(migrated, "homestead_server"))
    old, new = prediction_entry("old", 1.0), prediction_entry("new", 1.0)
    old.timestamp_s, new.timestamp_s = time.time() - 3 * 86_400, time.time()
    insert_lines(server, [old, new])
    server.dispose()
    address = of_account(migrated, "homestead_retention")
    settings = Settings(home=tmp_path, database_url=address)
    lines: list[str] = []
    prune_log(old.problem, settings, lines.append)
    prune_log(old.problem, settings.model_copy(update={"log_retention_days": 2.0}), lines.append)
    assert lines == [
        "HOMESTEAD_LOG_DAYS is not set: rows are kept forever",
        "deleted 1 rows older than 2 days",
    ]
    engine = open_engine(address)
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        insert_lines(engine, [old])
    engine.dispose()


def test_each_table_is_in_the_rights_of_an_account() -> None:
    granted = set().union(*(account.rights for account in ACCOUNTS))
    assert set(described_tables().tables.values()) <= granted


def test_an_earlier_code_leaves_tables_and_rights_of_a_later_one_alone(
    migrated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homestead.database.schema_version.SCHEMA_VERSION", "1.0")
    monkeypatch.setattr("homestead.steps.commands.migrate.SCHEMA_VERSION", "1.0")
    lines: list[str] = []
    migrate_database(Settings(home=tmp_path, database_url=migrated), lines.append)
    assert lines == [
        f"tables are of the later version {SCHEMA_VERSION}, which works: nothing to do"
    ]


def test_an_account_that_does_not_own_the_database_is_told(url: str, tmp_path: Path) -> None:
    other = Settings(home=tmp_path, database_url=of_account(url, "homestead_server"))
    owner = open_engine(url)
    with owner.begin() as connection:
        database = owner.url.database
        connection.execute(sa.text(f"GRANT CONNECT ON DATABASE {database} TO homestead_server"))
    owner.dispose()
    with pytest.raises(UserError, match="HOMESTEAD_DATABASE_URL: permission denied"):
        migrate_database(other, lambda _: None)


def test_sqlite_has_tables_and_no_accounts(tmp_path: Path) -> None:
    lines: list[str] = []
    migrate_database(Settings(home=tmp_path), lines.append)
    assert lines == [f"tables are up to date: version {SCHEMA_VERSION}"]


# What a tracking server does with its database, in a process of its own: MLflow closes nothing.
USE_MLFLOW = """
import sys
from mlflow import MlflowClient
address, folder = sys.argv[1:]
client = MlflowClient(address, address)
run = client.create_run(client.create_experiment("churn", folder))
client.log_metric(run.info.run_id, "loss", 0.5)
client.set_tag(run.info.run_id, "a", "b")
client.delete_tag(run.info.run_id, "a")
client.create_registered_model("churn")
client.create_model_version("churn", folder, run.info.run_id)
client.set_registered_model_alias("churn", "champion", "1")
client.set_terminated(run.info.run_id)
"""


def test_mlflow_s_server_changes_rows_but_no_table(url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "homestead", "migrate", "--mlflow"]
    environment = {**os.environ, MLFLOW_URL_VARIABLE: url}
    for _ in range(2):
        output = subprocess.run(
            command, env=environment, check=True, capture_output=True, text=True
        )
        assert output.stdout.splitlines()[-1] == f"rights granted to {MLFLOW_ACCOUNT}"
    address = of_account(url, MLFLOW_ACCOUNT)
    subprocess.run([sys.executable, "-c", USE_MLFLOW, address, str(tmp_path)], check=True)
    engine = open_engine(address)
    assert refused(engine, sa.text("DROP TABLE runs CASCADE"))
    assert refused(engine, sa.text("UPDATE alembic_version SET version_num = 'x'"))
    engine.dispose()


def test_without_mlflow_s_address_its_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MLFLOW_URL_VARIABLE, raising=False)
    with pytest.raises(UserError, match=f"{MLFLOW_URL_VARIABLE}: not set"):
        migrate_mlflow(lambda _: None)


def test_the_page_reads_what_others_do_and_writes_nothing(migrated: str) -> None:
    for name in ("homestead_ui", "homestead_drift"):
        write = open_engine(of_account(migrated, name))
        if name == "homestead_drift":
            write_drift_report(write, drift_report_row())
        else:
            with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
                write_drift_report(write, drift_report_row())
        write.dispose()
    engine = open_read_only(of_account(migrated, "homestead_ui"))
    report = latest_drift_report(engine, drift_report_row().problem)
    assert report is not None
    for table in described_tables().sorted_tables:
        with engine.connect() as connection:
            connection.execute(sa.select(sa.func.count()).select_from(table))
    engine.dispose()
