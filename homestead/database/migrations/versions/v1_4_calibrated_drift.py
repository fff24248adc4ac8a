"""Calibrated drift: its verdict in each report, and the level that checks of a month have spent."""

import sqlalchemy as sa

from homestead.database.migrations.completion import create_or_complete

revision = "1.4"
down_revision = "1.3"

_METADATA = sa.MetaData()
_TABLES = [
    # What is added to the table.
    sa.Table("drift_reports", _METADATA, sa.Column("calibrated", sa.JSON(none_as_null=True))),
    sa.Table(
        "drift_levels",
        _METADATA,
        sa.Column("problem", sa.String(64), primary_key=True),
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("window_hash", sa.String(64), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("level", sa.Float(53), nullable=False),
        sa.Column("monthly_level", sa.Float(53), nullable=False),
        sa.UniqueConstraint("problem", "window_hash", name="drift_levels_window"),
    ),
]


def upgrade() -> None:
    """Add a column and a table."""
    for table in _TABLES:
        create_or_complete(table)
