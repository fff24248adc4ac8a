"""The tables of the time before there were migrations: of the log, drift reports and job runs."""

import sqlalchemy as sa

from homestead.database.migrations.completion import create_or_complete

revision = "1.1"
down_revision = None

_METADATA = sa.MetaData()
_TABLES = [
    sa.Table(
        "predictions",
        _METADATA,
        sa.Column("prediction_id", sa.String(64), primary_key=True),
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("problem", sa.String(64), nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("request_id", sa.Text),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("entity", sa.Text),
        sa.Column("features", sa.Text, nullable=False),
        sa.Column("prediction", sa.Float(53)),
        sa.Column("label", sa.Text),
        sa.Column("shadow_of", sa.String(64)),
        sa.Index("predictions_by_time", "problem", "at"),
        sa.Index("predictions_by_request", "request_id"),
    ),
    sa.Table(
        "feedback",
        _METADATA,
        sa.Column("feedback_id", sa.String(64), primary_key=True),
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("problem", sa.String(64), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("prediction_id", sa.Text, nullable=False),
        sa.Column("truth", sa.Float(53)),
        sa.Column("truth_label", sa.Text),
        sa.Column("reward", sa.Float(53)),
        sa.Index("feedback_by_time", "problem", "at"),
    ),
    sa.Table(
        "feedback_verdicts",
        _METADATA,
        sa.Column("feedback_id", sa.String(64), primary_key=True),
        sa.Column("problem", sa.String(64), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("prediction_id", sa.String(64)),
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Index("feedback_verdicts_by_time", "problem", "at"),
        sa.Index("feedback_verdicts_by_prediction", "prediction_id"),
    ),
    sa.Table(
        "drift_reports",
        _METADATA,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("problem", sa.String(64), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("share", sa.Float),
        sa.Column("threshold", sa.Float, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("columns", sa.JSON, nullable=False),
        sa.Index("drift_reports_newest", "problem", "at"),
    ),
    sa.Table(
        "task_runs",
        _METADATA,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("problem", sa.String(64), nullable=False),
        sa.Column("task", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Index("task_runs_newest", "problem", "task", "at"),
    ),
]


def upgrade() -> None:
    """Create the tables, or complete those of an earlier version."""
    for table in _TABLES:
        create_or_complete(table)
