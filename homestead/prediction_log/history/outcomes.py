"""What became known of a prediction."""

from dataclasses import dataclass

import sqlalchemy as sa

from homestead.prediction_log.labels.tables import LABEL_HISTORY, LABELS


@dataclass(frozen=True)
class KnownOutcome:
    """What became known of a predicted row.

    Attributes:
        truth: of a regression, in the target's unit.
        truth_label: of a classification.
        known_at: when it was known, or else received, seconds since 1970.
        source: file, URI, ``api`` or ``feedback``.
        former: number of outcomes that it has superseded.
    """

    row: int
    truth: float | None
    truth_label: str | None
    known_at: float
    source: str
    former: int


def read_outcomes(engine: sa.Engine, prediction_id: str) -> list[KnownOutcome]:
    """Return what became known of a prediction's rows, in their order.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    labels, former = LABELS.c, LABEL_HISTORY.c
    superseded = (
        sa.select(sa.func.count())
        .select_from(LABEL_HISTORY)
        .where(former.prediction_id == labels.prediction_id, former.row == labels.row)
        .scalar_subquery()
    )
    query = (
        sa.select(
            labels.row,
            labels.truth,
            labels.truth_label,
            sa.func.coalesce(labels.labelled_at, labels.received_at),
            labels.source,
            superseded,
        )
        .where(labels.prediction_id == prediction_id)
        .order_by(labels.row)
    )
    with engine.connect() as connection:
        return [KnownOutcome(*row) for row in connection.execute(query)]
