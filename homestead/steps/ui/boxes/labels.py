"""How many predictions have labels, and which labels count for none."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from homestead.prediction_log.labels.read_labelled import label_counts
from homestead.prediction_log.labels.tables import LABEL_QUARANTINE, LABELS
from homestead.steps.ui.sources import Sources
from homestead.ui.views.loop import LabelMisfit, LabelsView

_DAYS = 30
_SHOWN_MISFITS = 5


def read_labels(sources: Sources, problem: str) -> LabelsView | None:
    """Return the labels of the last 30 days; None before the first one was received.

    Raises:
        UserError: the problem file cannot be read.
        SQLAlchemyError: the database cannot be read.
    """
    if not sources.has_database:
        return None
    labels, misfits = LABELS.c, LABEL_QUARANTINE.c
    since = datetime.fromtimestamp(sources.clock(), UTC) - timedelta(days=_DAYS)
    newest = sa.select(sa.func.max(labels.received_at)).where(labels.problem == problem)
    last = sa.func.max(misfits.received_at)
    kinds = (
        sa.select(misfits.kind, misfits.reason, sa.func.count(), last)
        .where(misfits.problem == problem, misfits.received_at >= since.timestamp())
        .group_by(misfits.kind, misfits.reason)
        .order_by(last.desc())
        .limit(_SHOWN_MISFITS)
    )
    with sources.engine.connect() as connection:
        newest_at = connection.scalar(newest)
        shown = [LabelMisfit(*row) for row in connection.execute(kinds)]
    if newest_at is None and not shown:
        return None
    described = sources.problem(problem)
    counts = label_counts(sources.engine, described, since)
    return LabelsView(_DAYS, described.labels.after_s, counts, newest_at, shown)
