"""Gauges of retraining: causes that wait, runs by state, and the newest decisions."""

from collections.abc import Iterator

import sqlalchemy as sa

from homestead.monitoring.retraining_metrics import RUN_STATES
from homestead.retraining.tables import CAUSES, DECISIONS, RUNS
from homestead.serving.background.metric_readings import GaugeReading


def read_retraining_gauges(database: sa.Engine, problem: str) -> Iterator[GaugeReading]:
    """Yield what is recorded of a problem's retraining; of what never happened, no time.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    open_causes = sa.select(sa.func.count(), sa.func.min(CAUSES.c.seen_at)).where(
        CAUSES.c.problem == problem, CAUSES.c.state == "open"
    )
    runs = (
        sa.select(RUNS.c.state, sa.func.count(), sa.func.max(RUNS.c.ended_at))
        .where(RUNS.c.problem == problem)
        .group_by(RUNS.c.state)
    )
    decisions = (
        sa.select(DECISIONS.c.action, sa.func.max(DECISIONS.c.at))
        .where(DECISIONS.c.problem == problem)
        .group_by(DECISIONS.c.action)
    )
    with database.connect() as connection:
        waiting, oldest = connection.execute(open_causes).one()
        by_state = {state: (count, at) for state, count, at in connection.execute(runs)}
        decided = connection.execute(decisions).all()
    yield GaugeReading("homestead_retraining_open_causes", (), waiting)
    yield GaugeReading("homestead_retraining_oldest_cause_timestamp_seconds", (), oldest)
    for state in RUN_STATES:
        count, ended_at = by_state.get(state, (0, None))
        yield GaugeReading("homestead_retraining_runs", (state,), count)
        if ended_at is not None:
            yield GaugeReading("homestead_retraining_ended_timestamp_seconds", (state,), ended_at)
    for action, at in decided:
        yield GaugeReading("homestead_retraining_decided_timestamp_seconds", (action,), at)
