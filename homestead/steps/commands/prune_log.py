"""Prune log: delete rows of the prediction log whose time is over.

Servers with an account that may not delete leave this to a job.
"""

from collections.abc import Callable

from homestead.database.engine import WINDOW_READ_TIMEOUT_S, open_database
from homestead.prediction_log.retention import delete_older_than
from homestead.settings import Settings


def prune_log(problem: str, settings: Settings, report: Callable[[str], None]) -> None:
    """Delete predictions and feedback of a problem that are older than the retention allows.

    Raises:
        UserError: the account may not delete the log's files.
        SQLAlchemyError: the database cannot be written.
    """
    days = settings.log_retention_days
    if not days:
        report("HOMESTEAD_LOG_DAYS is not set: rows are kept forever")
        return
    engine = open_database(settings.database_url, WINDOW_READ_TIMEOUT_S)
    try:
        deleted_rows = delete_older_than(engine, problem, days)
    finally:
        engine.dispose()
    if settings.log_uri:
        from homestead.prediction_log.parquet.retention import delete_hours_older_than

        hours = delete_hours_older_than(settings.log_uri, problem, days)
        report(f"deleted {hours} hours of files older than {days:g} days")
    report(f"deleted {deleted_rows} rows older than {days:g} days")
