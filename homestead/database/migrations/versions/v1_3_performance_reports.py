"""Performance reports."""

import sqlalchemy as sa

from homestead.database.migrations.completion import create_or_complete

revision = "1.3"
down_revision = "1.2"

_REPORTS = sa.Table(
    "performance_reports",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),
    sa.Column("metric", sa.String(64), nullable=False),
    sa.Column("promised", sa.Float(53)),
    sa.Column("verdict", sa.String(16)),
    sa.Column("measured", sa.Float(53)),
    sa.Column("measured_low", sa.Float(53)),
    sa.Column("measured_high", sa.Float(53)),
    sa.Column("labelled_rows", sa.Integer, nullable=False),
    sa.Column("estimated_verdict", sa.String(16)),
    sa.Column("estimated", sa.Float(53)),
    sa.Column("estimated_low", sa.Float(53)),
    sa.Column("estimated_high", sa.Float(53)),
    sa.Column("document", sa.Text, nullable=False),
    sa.Index("performance_reports_newest", "problem", "at"),
)


def upgrade() -> None:
    """Add the table."""
    create_or_complete(_REPORTS)
