"""Requests over time by version, and the newest predictions, from the prediction log."""

import math
from typing import Any

import sqlalchemy as sa

from homestead.prediction_log.parquet.log import LogConnection, newest_hours, of_window
from homestead.prediction_log.tables import PREDICTIONS
from homestead.steps.ui.boxes.latency import metrics_latencies, released_latencies
from homestead.steps.ui.sources import Sources
from homestead.ui.views.traffic import PredictionView, TrafficView

# Names of windows, and how long each and one of its bars is, in seconds.
WINDOWS = {
    "1h": (3600, 60),
    "24h": (86_400, 1800),
    "7d": (7 * 86_400, 3 * 3600),
    "30d": (30 * 86_400, 12 * 3600),
}
DEFAULT_WINDOW = "24h"
_RECENT_ROWS = 12
# Of a log in files, whose older hours are not opened for a few rows more.
_RECENT_HOURS = 3
_LATENCY_NOTE = (
    "The prediction log has latencies of requests in a release alone. For those of all requests,"
    " start a server on this machine, or name a Prometheus with HOMESTEAD_PROMETHEUS."
)


def read_traffic(
    sources: Sources, problem: str, window: str = DEFAULT_WINDOW
) -> TrafficView | None:
    """Return the requests of a window; None before the first.

    Args:
        window: one of ``WINDOWS``.

    Raises:
        SQLAlchemyError: the database cannot be read.
        Exception: what the object store's client raises if a log in files cannot be read.
    """
    if not sources.has_database:
        return None
    length_s, width_s = WINDOWS[window]
    # Bars begin at round times, so that they keep their places from one look to the next.
    end = (math.floor(sources.clock() / width_s) + 1) * width_s
    start = end - length_s
    log = sources.log
    with newest_hours(log, problem, _RECENT_HOURS).connect() as connection:
        recent = _recent(connection, problem)
    if not recent:
        return None
    last_at, versions = recent[0].at, {}
    with of_window(log, problem, start, end).connect() as connection:
        if last_at >= start:
            versions = _counts(connection, problem, start, end, width_s)
        latencies = released_latencies(connection, problem, start)
    measured, note = metrics_latencies(sources, problem)
    latencies += measured
    return TrafficView(
        window=window,
        start=float(start),
        width_s=float(width_s),
        versions=versions,
        recent=recent,
        last_at=last_at,
        latencies=latencies,
        latency_note=note or ("" if latencies else _LATENCY_NOTE),
    )


def _counts(
    connection: LogConnection, problem: str, start: float, end: float, width_s: float
) -> dict[str, list[int]]:
    """Return the answered requests by version, the newest first, in each part of a window."""
    columns = PREDICTIONS.c
    offset = (columns.at - start) / width_s
    # PostgreSQL and DuckDB round where sqlite cuts off.
    cuts = isinstance(connection, sa.Connection) and connection.dialect.name == "sqlite"
    whole = offset if cuts else sa.func.floor(offset)
    number = sa.cast(whole, sa.Integer)
    statement = (
        sa.select(columns.version, number, sa.func.count())
        .where(
            columns.problem == problem,
            columns.at >= start,
            columns.at < end,
            columns.row == 0,
            columns.shadow_of.is_(None),
        )
        .group_by(columns.version, number)
    )
    parts = round((end - start) / width_s)
    counts: dict[str, list[int]] = {}
    for version, part, count in connection.execute(statement):
        counts.setdefault(version, [0] * parts)[min(part, parts - 1)] = count
    return {version: counts[version] for version in sorted(counts, key=_order, reverse=True)}


def _recent(connection: LogConnection, problem: str) -> list[PredictionView]:
    columns = PREDICTIONS.c
    statement = (
        sa.select(
            *(columns.prediction_id, columns.row, columns.at, columns.version, columns.entity),
            *(columns.prediction, columns.label, columns.latency_s),
        )
        .where(columns.problem == problem, columns.shadow_of.is_(None))
        .order_by(columns.at.desc())
        .limit(_RECENT_ROWS)
    )
    return [PredictionView(**row) for row in connection.execute(statement).mappings()]


def _order(version: str) -> tuple[int, Any]:
    """Return what sorts versions: by number, others before them by name."""
    return (1, int(version)) if version.isdecimal() else (0, version)
