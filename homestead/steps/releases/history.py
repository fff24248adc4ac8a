"""History of a problem's releases: which version answered when, and why."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from homestead.database.releases import RELEASE_EVENTS
from homestead.reports.releases.findings import ReleaseChange


@dataclass(frozen=True)
class ReleaseEvent:
    """A change of a release.

    Attributes:
        release: its id.
        at: seconds since 1970.
        traffic_share: share of the subjects that the challenger answers from then on.
        champion: the version that answers the others; None for a problem's first model.
        who: the person who changed it; None for the controller.
        numbers: what the change rests on: an analysis as JSON, or nothing.
    """

    release: str
    revision: int
    at: float
    state: str
    step: int
    traffic_share: float
    champion: str | None
    challenger: str
    reason: str
    who: str | None
    numbers: dict[str, Any]


def read_events(
    engine: sa.Engine, problem: str, since: float | None = None, until: float | None = None
) -> list[ReleaseEvent]:
    """Return a problem's events, the oldest first.

    Args:
        since, until: seconds since 1970; from the first to before the second.
    """
    columns = RELEASE_EVENTS.c
    query = sa.select(
        *(column for column in columns if column.name not in ("number", "problem"))
    ).where(columns.problem == problem)
    if since is not None:
        query = query.where(columns.at >= since)
    if until is not None:
        query = query.where(columns.at < until)
    with engine.connect() as connection:
        rows = connection.execute(query.order_by(columns.at, columns.number)).mappings().all()
    return [ReleaseEvent(**{**row, "numbers": json.loads(row["numbers"])}) for row in rows]


def shown_change(event: ReleaseEvent) -> ReleaseChange:
    """Return what reports and pages show of a change."""
    return ReleaseChange(
        at=event.at,
        state=event.state,
        step=event.step,
        traffic_share=event.traffic_share,
        reason=event.reason,
        who=event.who,
    )


def answering(events: Iterable[ReleaseEvent], at: float) -> dict[str, float]:
    """Return which versions answered at a time: the share of the subjects by version.

    Args:
        events: of one problem, the oldest first.
        at: seconds since 1970.

    Returns:
        Nothing before the first release.
    """
    shares: dict[str, float] = {}
    for event in events:
        if event.at > at:
            break
        if event.state in ("waiting", "superseded"):
            continue
        if event.champion is None:
            shares = {event.challenger: 1.0}
            continue
        both = {event.champion: 1 - event.traffic_share, event.challenger: event.traffic_share}
        shares = {version: share for version, share in both.items() if share}
    return shares


def history_lines(events: Iterable[ReleaseEvent]) -> list[str]:
    """Return one line for each event: when, which release, who answers, and why."""
    lines = []
    for event in events:
        at = datetime.fromtimestamp(event.at, UTC).strftime("%Y-%m-%d %H:%M:%S")
        shares = answering([event], event.at)
        who_answers = ", ".join(f"v{version} {share:.0%}" for version, share in shares.items())
        state = event.state.replace("_", " ")
        person = f" [{event.who}]" if event.who else ""
        lines.append(
            f"{at}  {event.release}  {state:<17}  {who_answers:<18}  {event.reason}{person}"
        )
    return lines
