"""SQL tables of searches: studies, and their trials."""

import sqlalchemy as sa

from homestead.database.schema_version import METADATA

STUDIES = sa.Table(
    "search_studies",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),  # SHA-256 of all that the trials depend on
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("candidate", sa.String(64), nullable=False),
    sa.Column("trials", sa.Integer, nullable=False),  # how many there will be
    sa.Column("seen_at", sa.Float(53), nullable=False),  # seconds since 1970
)
TRIALS = sa.Table(
    "search_trials",
    METADATA,
    sa.Column("study", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("point", sa.Text, nullable=False),  # JSON
    sa.Column("worker", sa.String(256)),  # NULL until a worker has claimed it
    sa.Column("claimed_until", sa.Float(53)),  # seconds since 1970
    sa.Column("outcome", sa.Text),  # JSON; NULL until the trial has ended
)
