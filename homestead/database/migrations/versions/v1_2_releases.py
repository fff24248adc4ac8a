"""Releases in steps: their tables, what servers serve, and of which release a prediction is."""

import sqlalchemy as sa

from homestead.database.migrations.completion import create_or_complete

revision = "1.2"
down_revision = "1.1"

_METADATA = sa.MetaData()
_ANSWERED = sa.text("release IS NOT NULL AND shadow_of IS NULL")
_SHADOWS = sa.text("release IS NOT NULL AND shadow_of IS NOT NULL")
_TABLES = [
    # What is added to the table.
    sa.Table(
        "predictions",
        _METADATA,
        sa.Column("release", sa.String(80)),
        sa.Column("latency_s", sa.Float(53)),
        sa.Column("sample_order", sa.BigInteger),
        sa.Column("digest", sa.String(64)),
        sa.Column("row", sa.Integer),
        sa.Index(
            "predictions_in_release",
            *("release", "digest", "sample_order", "row"),
            sqlite_where=_ANSWERED,
            postgresql_where=_ANSWERED,
        ),
        sa.Index(
            "shadows_in_release",
            *("release", "digest", "sample_order", "row"),
            sqlite_where=_SHADOWS,
            postgresql_where=_SHADOWS,
        ),
    ),
    sa.Table(
        "releases",
        _METADATA,
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("problem", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("traffic_share", sa.Float(53), nullable=False),
        sa.Column("champion", sa.String(32)),
        sa.Column("champion_digest", sa.String(64)),
        sa.Column("challenger", sa.String(32), nullable=False),
        sa.Column("challenger_digest", sa.String(64), nullable=False),
        sa.Column("started_at", sa.Float(53), nullable=False),
        sa.Column("step_since", sa.Float(53), nullable=False),
        sa.Column("ended_at", sa.Float(53)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.UniqueConstraint("problem", "number", name="releases_number"),
    ),
    sa.Table(
        "release_events",
        _METADATA,
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("release", sa.String(64), nullable=False),
        sa.Column("problem", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("traffic_share", sa.Float(53), nullable=False),
        sa.Column("champion", sa.String(32)),
        sa.Column("challenger", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("who", sa.Text),
        sa.Column("numbers", sa.Text, nullable=False),
        sa.UniqueConstraint("release", "revision", name="release_events_revision"),
        sa.Index("release_events_by_time", "problem", "at"),
    ),
    sa.Table(
        "release_observations",
        _METADATA,
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("release", sa.String(64), nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("id", sa.String(96), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.UniqueConstraint("release", "kind", "id", name="release_observations_once"),
    ),
    sa.Table(
        "release_failures",
        _METADATA,
        sa.Column("failure_id", sa.String(64), primary_key=True),
        sa.Column("problem", sa.String(64), nullable=False),
        sa.Column("release", sa.String(80), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("side", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("challenger_share", sa.Float(53), nullable=False),
        sa.Index("release_failures_by_time", "problem", "at"),
        sa.Index("release_failures_by_release", "release", "failure_id"),
    ),
    sa.Table(
        "served_plans",
        _METADATA,
        sa.Column("server", sa.String(128), primary_key=True),
        sa.Column("problem", sa.String(64), primary_key=True),
        sa.Column("plan_digest", sa.String(64)),
        sa.Column("plan_revision", sa.BigInteger, nullable=False),
        sa.Column("champion", sa.String(32)),
        sa.Column("champion_digest", sa.String(64)),
        sa.Column("challenger", sa.String(32)),
        sa.Column("challenger_digest", sa.String(64)),
        sa.Column("since", sa.Float(53)),
        sa.Column("seen_at", sa.Float(53), nullable=False),
        sa.Column("error", sa.Text),
    ),
]


def upgrade() -> None:
    """Add columns, indexes and tables."""
    for table in _TABLES:
        create_or_complete(table)
