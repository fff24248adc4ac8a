"""Retention of the prediction log: deletion of rows older than the configured number of days."""

import time

import sqlalchemy as sa

from homestead.prediction_log.labels.tables import LABEL_HISTORY, LABEL_QUARANTINE, LABELS
from homestead.prediction_log.tables import (
    FEEDBACK,
    FEEDBACK_VERDICTS,
    PREDICTIONS,
    RELEASE_FAILURES,
)

# Tables whose rows expire, by the column that says since when a row is there. A label goes with its
# prediction, without which it says nothing.
EXPIRING: dict[sa.Table, sa.Column[float]] = {
    PREDICTIONS: PREDICTIONS.c.at,
    FEEDBACK: FEEDBACK.c.at,
    FEEDBACK_VERDICTS: FEEDBACK_VERDICTS.c.at,
    RELEASE_FAILURES: RELEASE_FAILURES.c.at,
    LABELS: LABELS.c.at,
    LABEL_HISTORY: LABEL_HISTORY.c.at,
    LABEL_QUARANTINE: LABEL_QUARANTINE.c.received_at,
}
_SECONDS_PER_DAY = 86400
# Small transactions, so that whoever inserts does not wait.
_MAX_ROWS_PER_TRANSACTION = 5000


def delete_older_than(engine: sa.Engine, problem: str, days: float) -> int:
    """Delete a problem's predictions and what belongs to them that are older than ``days``.

    Returns:
        The number of deleted rows.

    Raises:
        SQLAlchemyError: the database cannot be written.
    """
    cutoff_s = time.time() - days * _SECONDS_PER_DAY
    return sum(
        _delete_before(engine, table, since, problem, cutoff_s) for table, since in EXPIRING.items()
    )


def _delete_before(
    engine: sa.Engine, table: sa.Table, since: sa.Column[float], problem: str, cutoff_s: float
) -> int:
    keys = list(table.primary_key.columns)
    expired = (
        sa.select(*keys)
        .where(table.c.problem == problem, since < cutoff_s)
        .limit(_MAX_ROWS_PER_TRANSACTION)
    )
    statement = sa.delete(table).where(sa.tuple_(*keys).in_(expired))
    deleted_rows = 0
    while True:
        with engine.begin() as connection:
            rows = connection.execute(statement).rowcount
        deleted_rows += rows
        if rows < _MAX_ROWS_PER_TRANSACTION:
            return deleted_rows
