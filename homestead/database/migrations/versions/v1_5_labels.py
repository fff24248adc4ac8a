"""Labels: what became true after predictions. Feedback that counts becomes labels, too."""

import sqlalchemy as sa
from alembic import op

from homestead.database.migrations.completion import create_or_complete

revision = "1.5"
down_revision = "1.4"

_METADATA = sa.MetaData()
_ANSWERED_ENTITY = sa.text("entity IS NOT NULL AND shadow_of IS NULL")
_TABLES = [
    # What is added to the table.
    sa.Table(
        "predictions",
        _METADATA,
        sa.Column("problem", sa.String(64)),
        sa.Column("entity", sa.Text),
        sa.Column("at", sa.Float(53)),
        sa.Index(
            "predictions_by_entity",
            *("problem", "entity", "at"),
            sqlite_where=_ANSWERED_ENTITY,
            postgresql_where=_ANSWERED_ENTITY,
        ),
    ),
    sa.Table(
        "labels",
        _METADATA,
        sa.Column("prediction_id", sa.String(64), primary_key=True),
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("problem", sa.String(64), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("truth", sa.Float(53)),
        sa.Column("truth_label", sa.Text),
        sa.Column("labelled_at", sa.Float(53)),
        sa.Column("received_at", sa.Float(53), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("delivery", sa.String(64)),
        sa.Column("statement", sa.String(32)),
        sa.Column("offset_s", sa.Float(53), nullable=False),
        sa.Index("labels_by_time", "problem", "at"),
        sa.Index("labels_by_reception", "problem", "received_at"),
    ),
    sa.Table(
        "label_history",
        _METADATA,
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("prediction_id", sa.String(64), nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("problem", sa.String(64), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("truth", sa.Float(53)),
        sa.Column("truth_label", sa.Text),
        sa.Column("labelled_at", sa.Float(53)),
        sa.Column("received_at", sa.Float(53), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("delivery", sa.String(64)),
        sa.Column("statement", sa.String(32)),
        sa.Column("offset_s", sa.Float(53), nullable=False),
        sa.Column("superseded_at", sa.Float(53), nullable=False),
        sa.Index("label_history_by_prediction", "prediction_id", "row"),
        sa.Index("label_history_by_time", "problem", "at"),
    ),
    sa.Table(
        "label_quarantine",
        _METADATA,
        sa.Column("statement", sa.String(32), primary_key=True),
        sa.Column("problem", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("place", sa.Text),
        sa.Column("named_by", sa.String(16), nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("row", sa.Integer),
        sa.Column("time", sa.Float(53)),
        sa.Column("earliest", sa.Float(53)),
        sa.Column("latest", sa.Float(53)),
        sa.Column("truth", sa.Float(53)),
        sa.Column("truth_label", sa.Text),
        sa.Column("labelled_at", sa.Float(53)),
        sa.Column("received_at", sa.Float(53), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("delivery", sa.String(64)),
        sa.Column("waits_until", sa.Float(53)),
        sa.Index("label_quarantine_waiting", "problem", "waits_until"),
        sa.Index("label_quarantine_by_kind", "problem", "kind", "received_at"),
        sa.Index("label_quarantine_by_reception", "problem", "received_at"),
    ),
]
# Messages that were accepted agree with each other: the first that names a row is as good as any.
_CARRY_OVER = """
INSERT INTO labels (prediction_id, "row", problem, at, truth, truth_label, labelled_at, received_at,
                    source, delivery, statement, offset_s)
SELECT p.prediction_id, p."row", p.problem, p.at, f.truth, f.truth_label, NULL, f.at,
       'feedback', NULL, NULL, 0
FROM feedback_verdicts AS v
JOIN feedback AS f ON f.feedback_id = v.feedback_id
JOIN predictions AS p ON p.prediction_id = v.prediction_id AND p."row" = f."row"
WHERE v.verdict = 'accepted' AND (f.truth IS NOT NULL OR f.truth_label IS NOT NULL)
ORDER BY f.at, f.feedback_id
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """Add the tables and an index, and carry over the feedback that counts."""
    for table in _TABLES:
        create_or_complete(table)
    op.execute(_CARRY_OVER)
