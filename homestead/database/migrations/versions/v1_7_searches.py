"""Studies of searched parameters, and their trials."""

import sqlalchemy as sa

from homestead.database.migrations.completion import create_or_complete

revision = "1.7"
down_revision = "1.6"

_METADATA = sa.MetaData()
_TABLES = [
    sa.Table(
        "search_studies",
        _METADATA,
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("problem", sa.String(64), nullable=False),
        sa.Column("candidate", sa.String(64), nullable=False),
        sa.Column("trials", sa.Integer, nullable=False),
        sa.Column("seen_at", sa.Float(53), nullable=False),
    ),
    sa.Table(
        "search_trials",
        _METADATA,
        sa.Column("study", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("point", sa.Text, nullable=False),
        sa.Column("worker", sa.String(256)),
        sa.Column("claimed_until", sa.Float(53)),
        sa.Column("outcome", sa.Text),
    ),
]


def upgrade() -> None:
    """Add the tables."""
    for table in _TABLES:
        create_or_complete(table)
