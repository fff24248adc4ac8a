"""Gauges of releases, read from the records that the release controller keeps in SQL."""

from collections import Counter
from collections.abc import Iterator
from typing import get_args

import sqlalchemy as sa

from homestead.database.releases import RELEASES
from homestead.database.served_plans import read_served_plans
from homestead.release.record import END_STATES, ReleaseRecord, State
from homestead.release.transitions import desired_plan
from homestead.serving.background.metric_readings import GaugeReading

_SINCE = (
    "homestead_release_started_timestamp_seconds",
    "homestead_release_step_timestamp_seconds",
    "homestead_release_deadline_timestamp_seconds",
)


def read_release_gauges(database: sa.Engine, problem: str) -> Iterator[GaugeReading]:
    """Yield how far a problem's release is, and how earlier ones ended; nothing before the first.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    columns = RELEASES.c
    statement = (
        sa.select(columns.state, columns.ended_at, columns.document)
        .where(columns.problem == problem)
        .order_by(columns.number)
    )
    with database.connect() as connection:
        rows = connection.execute(statement).all()
    if not rows:
        return
    ended = {row.state: row.ended_at for row in rows if row.state in END_STATES}
    counts = Counter(row.state for row in rows)
    for end in sorted(END_STATES):
        yield GaugeReading("homestead_releases", (end,), counts[end])
        yield GaugeReading("homestead_release_ended_timestamp_seconds", (end,), ended.get(end))
    # A release that waits is shown only where nothing else is under way.
    under_way = [row for row in rows if row.state not in END_STATES and row.state != "waiting"]
    record = ReleaseRecord.model_validate_json((under_way or rows)[-1].document)
    yield from _progress(record)
    wanted = desired_plan(record) if under_way else None
    servers = [plan for plan in read_served_plans(database, problem) if plan.is_alive]
    for serves in ("planned", "other"):
        count = None
        if wanted is not None:
            is_planned = serves == "planned"
            count = sum((plan.plan_digest == wanted.digest) == is_planned for plan in servers)
        yield GaugeReading("homestead_release_servers", (serves,), count)


def _progress(record: ReleaseRecord) -> Iterator[GaugeReading]:
    for state in get_args(State):
        yield GaugeReading("homestead_release_state", (state,), float(state == record.state))
    yield GaugeReading("homestead_release_step", (), record.step + 1)
    yield GaugeReading("homestead_release_traffic_share", (), record.traffic_share)
    times = (record.started_at, record.step_since, record.deadline)
    for name, at in zip(_SINCE, times, strict=True):
        yield GaugeReading(name, (), None if record.has_ended else at)
