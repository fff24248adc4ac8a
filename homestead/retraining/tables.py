"""SQL tables of retraining: causes, runs, and decisions whether to start one."""

import sqlalchemy as sa

from homestead.database.schema_version import METADATA

CAUSES = sa.Table(
    "retraining_causes",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("key", sa.String(256), nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("seen_at", sa.Float(53), nullable=False),  # seconds since 1970
    sa.Column("version", sa.String(64)),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("run", sa.String(64)),  # NULL until a run was started for it
    sa.Index("retraining_causes_by_state", "problem", "state", "seen_at"),
)
RUNS = sa.Table(
    "retraining_runs",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),  # 1 for a problem's first run
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("cause", sa.String(64), nullable=False),
    sa.Column("backend", sa.Text, nullable=False),
    sa.Column("started_at", sa.Float(53), nullable=False),  # seconds since 1970
    sa.Column("seen_at", sa.Float(53), nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),  # grows with each write
    sa.Column("run_id", sa.String(128)),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("owner", sa.String(256), nullable=False),
    sa.Column("ended_at", sa.Float(53)),
    sa.Column("decision", sa.String(16)),
    sa.Column("reason", sa.Text, nullable=False),
    # Of two controllers that start a run at once, one gets the number.
    sa.UniqueConstraint("problem", "number", name="retraining_runs_number"),
)
# Why a run was or was not started; a row for each change of the answer.
DECISIONS = sa.Table(
    "retraining_decisions",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),  # seconds since 1970
    sa.Column("action", sa.String(16), nullable=False),
    sa.Column("code", sa.String(32), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("cause", sa.String(64)),  # NULL if there was none
    sa.Column("run", sa.String(64)),  # that was started
    sa.Index("retraining_decisions_by_time", "problem", "at"),
)
