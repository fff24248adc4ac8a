"""The SQL table of task runs: a CronJob leaves how it ended, servers expose it as metrics."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import sqlalchemy as sa

from homestead.database.engine import create_table, open_engine
from homestead.settings import Settings

Job = Literal["drift", "materialization", "training"]
Outcome = Literal["succeeded", "failed"]

_LOG = logging.getLogger(__name__)
_METADATA = sa.MetaData()
JOB_RUNS = sa.Table(
    "task_runs",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("task", sa.String(16), nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),  # seconds since 1970
    sa.Index("task_runs_newest", "problem", "task", "at"),
)


def write_job_run(database_url: str, problem: str, task: Job, outcome: Outcome) -> None:
    """Note that a task ended now; the table is made where it is not there.

    A database that can't be written is said in the log and nothing more: the task's own end must
    not depend on it, and an old time stamp raises the alarm anyway.
    """
    row = {"problem": problem, "task": task, "outcome": outcome, "at": time.time()}
    engine = open_engine(database_url)
    try:
        with engine.begin() as connection:
            create_table(connection, JOB_RUNS)
            connection.execute(sa.insert(JOB_RUNS), row)
    except sa.exc.SQLAlchemyError as error:
        _LOG.warning("%s of %s %s, which can't be noted: %s", task, problem, outcome, error)
    finally:
        engine.dispose()


@contextmanager
def record_job_run(settings: Settings, problem: str, task: Job) -> Iterator[None]:
    """Note how the block ends: failed where it raises."""
    outcome: Outcome = "failed"
    try:
        yield
        outcome = "succeeded"
    finally:
        settings.folder()
        write_job_run(settings.database_url, problem, task, outcome)


def latest_job_runs(engine: sa.Engine, problem: str) -> dict[tuple[str, str], float]:
    """When each task last ended with each outcome: seconds since 1970 by (task, outcome)."""
    if not sa.inspect(engine).has_table(JOB_RUNS.name):
        return {}
    columns = JOB_RUNS.c
    newest = (
        sa.select(columns.task, columns.outcome, sa.func.max(columns.at))
        .where(columns.problem == problem)
        .group_by(columns.task, columns.outcome)
    )
    with engine.connect() as connection:
        return {(task, outcome): at for task, outcome, at in connection.execute(newest)}
