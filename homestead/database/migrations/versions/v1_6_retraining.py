"""Causes of retraining, the runs that were started for them, and why."""

import sqlalchemy as sa

from homestead.database.migrations.completion import create_or_complete

revision = "1.6"
down_revision = "1.5"

_METADATA = sa.MetaData()
_TABLES = [
    sa.Table(
        "retraining_causes",
        _METADATA,
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("problem", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("key", sa.String(256), nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("seen_at", sa.Float(53), nullable=False),
        sa.Column("version", sa.String(64)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("run", sa.String(64)),
        sa.Index("retraining_causes_by_state", "problem", "state", "seen_at"),
    ),
    sa.Table(
        "retraining_runs",
        _METADATA,
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("problem", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("cause", sa.String(64), nullable=False),
        sa.Column("backend", sa.Text, nullable=False),
        sa.Column("started_at", sa.Float(53), nullable=False),
        sa.Column("seen_at", sa.Float(53), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("run_id", sa.String(128)),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("owner", sa.String(256), nullable=False),
        sa.Column("ended_at", sa.Float(53)),
        sa.Column("decision", sa.String(16)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.UniqueConstraint("problem", "number", name="retraining_runs_number"),
    ),
    sa.Table(
        "retraining_decisions",
        _METADATA,
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("problem", sa.String(64), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("cause", sa.String(64)),
        sa.Column("run", sa.String(64)),
        sa.Index("retraining_decisions_by_time", "problem", "at"),
    ),
]


def upgrade() -> None:
    """Add the tables."""
    for table in _TABLES:
        create_or_complete(table)
