"""SQL table of served plans: each server says which release plan it has in effect, and since when.

A server's row is replaced when that changes and, as a heartbeat, twice a minute. It is deleted
when the server ends, or by another server when its heartbeat has stopped for an hour.
"""

import time
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from homestead.database.schema_version import METADATA

HEARTBEAT_S = 30.0
# Rows of killed servers are kept for a while, for whoever looks for their pods.
_FORGET_AFTER_S = 3600.0
SERVED_PLANS = sa.Table(
    "served_plans",
    METADATA,
    sa.Column("server", sa.String(128), primary_key=True),
    sa.Column("problem", sa.String(64), primary_key=True),
    sa.Column("plan_digest", sa.String(64)),  # NULL before the first plan is in effect
    sa.Column("plan_revision", sa.BigInteger, nullable=False),
    sa.Column("champion", sa.String(32)),
    sa.Column("champion_digest", sa.String(64)),
    sa.Column("challenger", sa.String(32)),
    sa.Column("challenger_digest", sa.String(64)),
    sa.Column("since", sa.Float(53)),  # seconds since 1970
    sa.Column("seen_at", sa.Float(53), nullable=False),
    # Why the newest plan is not in effect; NULL if it is.
    sa.Column("error", sa.Text),
)


@dataclass(frozen=True)
class ServedPlan:
    """What one server serves.

    Attributes:
        server: host, or pod, and process id.
        plan_digest: of the plan in effect (:attr:`homestead.release.plan.ReleasePlan.digest`);
            None before the first.
        plan_revision: its revision.
        champion, challenger: versions.
        since: when the plan came into effect, seconds since 1970.
        seen_at: when the server last said so, seconds since 1970.
        error: why a newer plan is not in effect; None if there is none.
    """

    server: str
    problem: str
    plan_digest: str | None = None
    plan_revision: int = 0
    champion: str | None = None
    champion_digest: str | None = None
    challenger: str | None = None
    challenger_digest: str | None = None
    since: float | None = None
    seen_at: float = 0.0
    error: str | None = None

    @property
    def is_alive(self) -> bool:
        """Whether its heartbeat has not stopped."""
        return time.time() - self.seen_at < 3 * HEARTBEAT_S


def write_served_plan(engine: sa.Engine, plan: ServedPlan) -> None:
    """Insert or replace a server's row, and delete rows whose servers are long gone.

    Raises:
        SQLAlchemyError: the database cannot be written.
    """
    row = asdict(plan)
    insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
    keys = [column.name for column in SERVED_PLANS.primary_key.columns]
    changed = {name: value for name, value in row.items() if name not in keys}
    statement = insert(SERVED_PLANS).values(row)
    gone = sa.delete(SERVED_PLANS).where(SERVED_PLANS.c.seen_at < plan.seen_at - _FORGET_AFTER_S)
    with engine.begin() as connection:
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))
        connection.execute(gone)


def delete_served_plan(engine: sa.Engine, server: str, problem: str) -> None:
    """Delete the row of a server that ends.

    Raises:
        SQLAlchemyError: the database cannot be written.
    """
    columns = SERVED_PLANS.c
    own = sa.delete(SERVED_PLANS).where(columns.server == server, columns.problem == problem)
    with engine.begin() as connection:
        connection.execute(own)


def read_served_plans(engine: sa.Engine, problem: str) -> list[ServedPlan]:
    """Return what the servers of a problem say, by server; servers that ended are left out.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    query = (
        sa.select(SERVED_PLANS)
        .where(SERVED_PLANS.c.problem == problem)
        .order_by(SERVED_PLANS.c.server)
    )
    with engine.connect() as connection:
        return [ServedPlan(**dict(row)) for row in connection.execute(query).mappings()]
