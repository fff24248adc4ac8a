"""Observations of a release in SQL, in the order in which they became known.

A release's tests look at them again and again, and what was seen once is never reordered, taken
back or counted twice: the same rows give the same verdict, after a restart too.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from homestead.database.releases import RELEASE_OBSERVATIONS
from homestead.errors import UserError
from homestead.release.evidence import Evidence, Latency, OneSidedFailure, PairedPrediction

# 'truth' is a pair with its ground truth, as soon as that is known.
ObservationKind = Literal["pair", "truth", "failure", "latency"]
Content = PairedPrediction | OneSidedFailure | Latency
_TYPES: dict[str, type[Content]] = {
    "pair": PairedPrediction,
    "truth": PairedPrediction,
    "failure": OneSidedFailure,
    "latency": Latency,
}
# Any number: one process at a time appends, so that numbers follow the order of commits.
_LOCK = 0x4F62_7365


class EvidenceUnavailableError(UserError):
    """The database of the prediction log cannot be read or written: nothing can be decided."""


@dataclass(frozen=True)
class Observation:
    """What became known of one request, subject or row.

    Attributes:
        id: unique among the release's observations of its kind.
        step: of the release, whose plan answered.
    """

    kind: ObservationKind
    id: str
    step: int
    content: Content


@contextmanager
def evidence_errors(release_id: str) -> Iterator[None]:
    """Raise errors of the database in the block as what a controller understands.

    Raises:
        EvidenceUnavailableError: the database cannot be read or written.
    """
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise EvidenceUnavailableError(f"evidence of release {release_id}: {reason}") from error


def append_observations(
    engine: sa.Engine, release_id: str, observations: Iterable[Observation]
) -> None:
    """Append observations; those that are known already stay as they are.

    Raises:
        SQLAlchemyError: the database cannot be written.
    """
    rows = [
        {
            "release": release_id,
            "step": observation.step,
            "kind": observation.kind,
            "id": observation.id,
            "at": observation.content.at,
            "document": msgspec.json.encode(observation.content).decode(),
        }
        for observation in observations
    ]
    if not rows:
        return
    is_postgresql = engine.dialect.name == "postgresql"
    insert: Any = postgresql.insert if is_postgresql else sqlite.insert
    with engine.begin() as connection:
        if is_postgresql:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        connection.execute(insert(RELEASE_OBSERVATIONS).on_conflict_do_nothing(), rows)


def read_observations(connection: sa.Connection, release_id: str) -> list[Observation]:
    """Return the observations of a release in the order in which they became known.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    table = RELEASE_OBSERVATIONS.c
    statement = (
        sa.select(table.kind, table.id, table.step, table.document)
        .where(table.release == release_id)
        .order_by(table.number)
    )
    return [
        Observation(kind, name, step, msgspec.json.decode(document, type=_TYPES[kind]))
        for kind, name, step, document in connection.execute(statement)
    ]


def evidence_of(
    observations: Iterable[Observation], *, challenger_requests: int, champion_requests: int
) -> Evidence:
    """Return observations by kind, with the requests of the present step."""
    contents = [observation.content for observation in observations]
    return Evidence(
        failures=tuple(item for item in contents if isinstance(item, OneSidedFailure)),
        pairs=tuple(item for item in contents if isinstance(item, PairedPrediction)),
        latencies=tuple(item for item in contents if isinstance(item, Latency)),
        challenger_requests=challenger_requests,
        champion_requests=champion_requests,
    )
