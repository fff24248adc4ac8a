"""SQL tables of labels: the outcome of a prediction that counts now, former ones, and misfits."""

from collections.abc import Iterator

import sqlalchemy as sa

from homestead.database.schema_version import METADATA


def _outcome_columns() -> Iterator[sa.Column[object]]:
    """Yield the columns of an outcome and where it comes from."""
    yield sa.Column("problem", sa.String(64), nullable=False)
    yield sa.Column("at", sa.Float(53), nullable=False)  # of the prediction, seconds since 1970
    yield sa.Column("truth", sa.Float(53))  # of a regression, in the target's unit
    yield sa.Column("truth_label", sa.Text)  # of a classification, one of the model's classes
    # When the outcome was known, in seconds since 1970; NULL if nobody said.
    yield sa.Column("labelled_at", sa.Float(53))
    yield sa.Column("received_at", sa.Float(53), nullable=False)
    yield sa.Column("source", sa.Text, nullable=False)  # a path or URI, "api" or "feedback"
    # SHA-256 of the file that said it; NULL for others.
    yield sa.Column("delivery", sa.String(64))
    # Hash of what was said: names, times and value; NULL for feedback.
    yield sa.Column("statement", sa.String(32))
    # How much later than the prediction the time is that the label named; 0 if it named an id.
    yield sa.Column("offset_s", sa.Float(53), nullable=False)


# The outcome of each labelled row of a prediction, as it counts now.
LABELS = sa.Table(
    "labels",
    METADATA,
    sa.Column("prediction_id", sa.String(64), primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
    *_outcome_columns(),
    sa.Index("labels_by_time", "problem", "at"),
    sa.Index("labels_by_reception", "problem", "received_at"),
)
# Outcomes that do not count any more, or never did because a later one was known already.
LABEL_HISTORY = sa.Table(
    "label_history",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("prediction_id", sa.String(64), nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    *_outcome_columns(),
    sa.Column("superseded_at", sa.Float(53), nullable=False),
    sa.Index("label_history_by_prediction", "prediction_id", "row"),
    sa.Index("label_history_by_time", "problem", "at"),
)
# Labels that belong to no prediction, or say nothing that the problem allows, with the reason.
LABEL_QUARANTINE = sa.Table(
    "label_quarantine",
    METADATA,
    sa.Column("statement", sa.String(32), primary_key=True),
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),  # see homestead.prediction_log.labels.kinds
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("place", sa.Text),  # in its file or request, such as "line 17"
    # "prediction", "request", "feedback" (either) or "entity": what ``name`` is.
    sa.Column("named_by", sa.String(16), nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("row", sa.Integer),  # NULL if it was not said
    sa.Column("time", sa.Float(53)),  # beside an entity, seconds since 1970
    # When its prediction may have been made, beside an entity.
    sa.Column("earliest", sa.Float(53)),
    sa.Column("latest", sa.Float(53)),
    sa.Column("truth", sa.Float(53)),
    sa.Column("truth_label", sa.Text),
    sa.Column("labelled_at", sa.Float(53)),
    sa.Column("received_at", sa.Float(53), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("delivery", sa.String(64)),
    # How long it waits for a prediction; NULL if it does not.
    sa.Column("waits_until", sa.Float(53)),
    sa.Index("label_quarantine_waiting", "problem", "waits_until"),
    sa.Index("label_quarantine_by_kind", "problem", "kind", "received_at"),
    sa.Index("label_quarantine_by_reception", "problem", "received_at"),
)
