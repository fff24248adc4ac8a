"""SQL table of job runs: each job records how it ended, and servers expose it as metrics."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.database.failures import database_failure
from homestead.database.schema_version import METADATA
from homestead.settings import Settings

Job = Literal["drift", "materialization", "performance", "release", "retraining", "training"]
JobOutcome = Literal["succeeded", "failed"]

_LOG = logging.getLogger(__name__)
# The names in SQL and in metrics say "task" for what the code calls a job.
JOB_RUNS = sa.Table(
    "task_runs",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("task", sa.String(16), nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),  # seconds since 1970
    sa.Index("task_runs_newest", "problem", "task", "at"),
)


def write_job_run(database_url: str, problem: str, job: Job, outcome: JobOutcome) -> None:
    """Record that a job ended now.

    If the database cannot be written, only a warning is logged: the outcome of the job must not
    depend on it, and an old timestamp raises the alert anyway.
    """
    row = {"problem": problem, "task": job, "outcome": outcome, "at": time.time()}
    engine = open_database(database_url)
    try:
        with engine.begin() as connection:
            connection.execute(sa.insert(JOB_RUNS), row)
    except sa.exc.SQLAlchemyError as error:
        cause = database_failure(error) or error
        _LOG.warning("job %s of %s %s, but cannot be recorded: %s", job, problem, outcome, cause)
    finally:
        engine.dispose()


@contextmanager
def record_job_run(settings: Settings, problem: str, job: Job) -> Iterator[None]:
    """Record the outcome of the block: failed if it raises, succeeded otherwise."""
    outcome: JobOutcome = "failed"
    try:
        yield
        outcome = "succeeded"
    finally:
        settings.folder()
        write_job_run(settings.database_url, problem, job, outcome)


def latest_job_runs(engine: sa.Engine, problem: str) -> dict[tuple[str, str], float]:
    """Return when each job last ended with each outcome: seconds since 1970 by (job, outcome).

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    columns = JOB_RUNS.c
    latest = (
        sa.select(columns.task, columns.outcome, sa.func.max(columns.at))
        .where(columns.problem == problem)
        .group_by(columns.task, columns.outcome)
    )
    with engine.connect() as connection:
        return {(job, outcome): end_s for job, outcome, end_s in connection.execute(latest)}
