"""How many predictions each model version has made, and when."""

from dataclasses import dataclass

import sqlalchemy as sa

from homestead.prediction_log.tables import PREDICTIONS


@dataclass(frozen=True)
class PredictionCounts:
    """Rows that one model file has predicted.

    Attributes:
        rows: rows that were answered.
        shadow_rows: rows that were predicted beside another model's answer.
        first_at, last_at: when, seconds since 1970; None without a row.
    """

    rows: int = 0
    shadow_rows: int = 0
    first_at: float | None = None
    last_at: float | None = None


def count_predictions(engine: sa.Engine, problem: str) -> dict[str, PredictionCounts]:
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
    with engine.connect() as connection:
        return {digest: PredictionCounts(*counts) for digest, *counts in connection.execute(query)}
