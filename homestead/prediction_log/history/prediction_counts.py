"""How many predictions each model version has made, and of how many the outcome is known."""

from dataclasses import dataclass

import sqlalchemy as sa

from homestead.prediction_log.labels.tables import LABELS
from homestead.prediction_log.parquet.log import LogSource, of_window
from homestead.prediction_log.tables import PREDICTIONS


@dataclass(frozen=True)
class PredictionCounts:
    """Rows that one model file has predicted.

    Attributes:
        rows: rows that were answered.
        shadow_rows: rows that were predicted beside another model's answer.
        first_at, last_at: when, seconds since 1970; None without a row.
        labelled_rows: rows whose outcome is known.
    """

    rows: int = 0
    shadow_rows: int = 0
    first_at: float | None = None
    last_at: float | None = None
    labelled_rows: int = 0


def count_predictions(source: LogSource, problem: str) -> dict[str, PredictionCounts]:
    """Return the counts by the SHA-256 of the model's file.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    columns = PREDICTIONS.c
    query = (
        sa.select(
            columns.digest,
            sa.func.count() - sa.func.count(columns.shadow_of),
            sa.func.count(columns.shadow_of),
            sa.func.min(columns.at),
            sa.func.max(columns.at),
        )
        .where(columns.problem == problem)
        .group_by(columns.digest)
    )
    labels = LABELS.c
    is_of_row = (columns.prediction_id == labels.prediction_id, columns.row == labels.row)
    labelled = (
        sa.select(columns.digest, sa.func.count())
        .join(LABELS, sa.and_(*is_of_row))
        .where(labels.problem == problem)
        .group_by(columns.digest)
    )
    with of_window(source, problem).connect() as connection:
        labelled_rows = {row[0]: row[1] for row in connection.execute(labelled)}
        return {
            digest: PredictionCounts(rows, shadows, first, last, labelled_rows.get(digest, 0))
            for digest, rows, shadows, first, last in connection.execute(query)
        }
