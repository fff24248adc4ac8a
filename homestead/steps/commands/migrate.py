"""Migrate: create or update tables with the owner's account, and give the other accounts rights."""

import os
from collections.abc import Callable

import sqlalchemy as sa

from homestead.database.drift_levels import DRIFT_LEVELS
from homestead.database.drift_reports import DRIFT_REPORTS
from homestead.database.engine import WINDOW_READ_TIMEOUT_S, open_engine
from homestead.database.job_runs import JOB_RUNS
from homestead.database.locks import exclusive_lock
from homestead.database.migrations.upgrade import upgrade
from homestead.database.performance_reports import PERFORMANCE_REPORTS
from homestead.database.releases import RELEASE_EVENTS, RELEASE_OBSERVATIONS, RELEASES
from homestead.database.rights import (
    READ,
    READ_ADD_AND_UPDATE,
    READ_AND_ADD,
    READ_AND_DELETE,
    READ_AND_WRITE,
    Account,
    grant_all_rows,
    grant_rights,
)
from homestead.database.schema_version import SCHEMA_VERSION
from homestead.database.served_plans import SERVED_PLANS
from homestead.errors import UserError
from homestead.prediction_log.labels.tables import LABEL_HISTORY, LABEL_QUARANTINE, LABELS
from homestead.prediction_log.retention import EXPIRING
from homestead.prediction_log.tables import (
    FEEDBACK,
    FEEDBACK_VERDICTS,
    PREDICTIONS,
    RELEASE_FAILURES,
)
from homestead.retraining.tables import CAUSES, DECISIONS, RUNS
from homestead.settings import Settings
from homestead.training.studies.tables import STUDIES
from homestead.training.studies.tables import TRIALS as SEARCH_TRIALS

LABEL_RIGHTS = {
    LABELS: READ_ADD_AND_UPDATE,
    LABEL_HISTORY: READ_AND_ADD,
    LABEL_QUARANTINE: READ_AND_WRITE,
}
SERVER_ACCOUNT = Account(
    "homestead_server",
    {
        PREDICTIONS: READ_AND_ADD,
        FEEDBACK: READ_AND_ADD,
        FEEDBACK_VERDICTS: READ_AND_ADD,
        # Its worker joins labels that waited for a prediction.
        **LABEL_RIGHTS,
        DRIFT_REPORTS: READ,
        PERFORMANCE_REPORTS: READ,
        JOB_RUNS: READ,
        RELEASES: READ,
        RELEASE_FAILURES: READ_AND_ADD,
        SERVED_PLANS: READ_AND_WRITE,
        CAUSES: READ,
        RUNS: READ,
        DECISIONS: READ,
    },
)
# The account of all that watches what was served.
DRIFT_ACCOUNT = Account(
    "homestead_drift",
    {
        PREDICTIONS: READ,
        FEEDBACK: READ,
        FEEDBACK_VERDICTS: READ,
        LABELS: READ,
        DRIFT_REPORTS: READ_AND_ADD,
        PERFORMANCE_REPORTS: READ_AND_ADD,
        DRIFT_LEVELS: READ_AND_ADD,
        JOB_RUNS: READ_AND_ADD,
    },
)
# The pipeline starts a release, which may end another one. Whoever decides that a run is needed
# runs it.
PIPELINE_ACCOUNT = Account(
    "homestead_pipeline",
    {
        LABELS: READ,
        DRIFT_REPORTS: READ,
        PERFORMANCE_REPORTS: READ,
        CAUSES: READ_ADD_AND_UPDATE,
        RUNS: READ_ADD_AND_UPDATE,
        DECISIONS: READ_AND_ADD,
        JOB_RUNS: READ_AND_ADD,
        RELEASES: READ_ADD_AND_UPDATE,
        RELEASE_EVENTS: READ_AND_ADD,
        # Workers share a search, and old ones are deleted.
        STUDIES: READ_AND_WRITE,
        SEARCH_TRIALS: READ_AND_WRITE,
    },
)
RELEASE_ACCOUNT = Account(
    "homestead_release",
    {
        PREDICTIONS: READ,
        FEEDBACK: READ,
        FEEDBACK_VERDICTS: READ,
        LABELS: READ,
        RELEASE_FAILURES: READ,
        SERVED_PLANS: READ,
        JOB_RUNS: READ_AND_ADD,
        RELEASES: READ_ADD_AND_UPDATE,
        RELEASE_EVENTS: READ_AND_ADD,
        RELEASE_OBSERVATIONS: READ_AND_ADD,
    },
)
# Takes labels from elsewhere, on a port of its own.
LABELS_ACCOUNT = Account(
    "homestead_labels",
    {PREDICTIONS: READ, **LABEL_RIGHTS, JOB_RUNS: READ_AND_ADD},
)
RETENTION_ACCOUNT = Account("homestead_retention", dict.fromkeys(EXPIRING, READ_AND_DELETE))
# It takes alerts from Alertmanager.
ALERTS_ACCOUNT = Account("homestead_alerts", {CAUSES: READ_ADD_AND_UPDATE})
_WRITING_ACCOUNTS = (
    SERVER_ACCOUNT,
    DRIFT_ACCOUNT,
    PIPELINE_ACCOUNT,
    RELEASE_ACCOUNT,
    LABELS_ACCOUNT,
    RETENTION_ACCOUNT,
    ALERTS_ACCOUNT,
)
# The page reads what the others do, and writes nothing.
UI_ACCOUNT = Account(
    "homestead_ui",
    {table: READ for account in _WRITING_ACCOUNTS for table in account.rights},
)
ACCOUNTS = (*_WRITING_ACCOUNTS, UI_ACCOUNT)
MLFLOW_ACCOUNT = "mlflow_server"
MLFLOW_URL_VARIABLE = "MLFLOW_BACKEND_STORE_URI"
# MLflow's servers only read which migrations were made.
_MIGRATIONS_TABLE = "alembic_version"


def migrate_database(settings: Settings, report: Callable[[str], None]) -> None:
    """Bring our tables to this version, and give each account of PostgreSQL its rights.

    Raises:
        UserError: the database's account does not own it, or the tables are of a later version of
            Homestead that this one does not work with.
    """
    settings.folder()
    engine = open_engine(settings.database_url, WINDOW_READ_TIMEOUT_S)
    try:
        version = upgrade(engine)
        if version != SCHEMA_VERSION:
            # After a downgrade: the later version's accounts keep their rights.
            report(f"tables are of the later version {version}, which works: nothing to do")
            return
        report(f"tables are up to date: version {version}")
        if engine.dialect.name == "postgresql":
            absent = grant_rights(engine, ACCOUNTS)
            _report_accounts([account.name for account in ACCOUNTS], absent, report)
    except sa.exc.ProgrammingError as error:
        raise UserError(f"HOMESTEAD_DATABASE_URL: {error.orig}") from None
    finally:
        engine.dispose()


def migrate_mlflow(report: Callable[[str], None]) -> None:
    """Create or update MLflow's tables, and give the account of its servers rights.

    The address comes from the environment: MLflow's own command shows it, with the password, to
    everyone who can list processes.

    Raises:
        UserError: the variable is not set, or its account does not own the database.
    """
    from mlflow.db import upgrade

    url = os.environ.get(MLFLOW_URL_VARIABLE)
    if not url:
        raise UserError(f"{MLFLOW_URL_VARIABLE}: not set, allowed is the URL of MLflow's database")
    # Several replicas start at once.
    with exclusive_lock(Settings(database_url=url), "mlflow-migration"):
        upgrade.main([url], standalone_mode=False)
        report("MLflow's tables are up to date")
        engine = open_engine(url)
        try:
            if engine.dialect.name == "postgresql":
                exists = grant_all_rows(engine, MLFLOW_ACCOUNT, read_only=[_MIGRATIONS_TABLE])
                absent = [] if exists else [MLFLOW_ACCOUNT]
                _report_accounts([MLFLOW_ACCOUNT], absent, report)
        except sa.exc.ProgrammingError as error:
            raise UserError(f"{MLFLOW_URL_VARIABLE}: {error.orig}") from None
        finally:
            engine.dispose()


def _report_accounts(names: list[str], absent: list[str], report: Callable[[str], None]) -> None:
    if granted := [name for name in names if name not in absent]:
        report(f"rights granted to {', '.join(granted)}")
    if absent:
        report(f"no such account, so no rights granted: {', '.join(absent)}")
