"""Release records in SQL: read whole, replaced by compare-and-swap, each change with its event."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.database.releases import (
    RELEASE_EVENTS,
    RELEASES,
)
from homestead.release.record import ReleaseRecord
from homestead.settings import Settings

# In place of the home's URI, so that a home can be moved or copied with its releases.
_HOME = "home:/"
# They rule no plan: the one has not begun, the other made room.
_BESIDE = ("waiting", "superseded")


class RecordConflictError(Exception):
    """Another process changed the release, or started one, since the record was read."""


class ReleaseRecords:
    """Records of releases in a database.

    Attributes:
        engine: of the database.
    """

    def __init__(self, engine: sa.Engine, settings: Settings) -> None:
        self.engine = engine
        self._home = f"{settings.home.as_uri()}/"

    def ruling(self, problem: str) -> ReleaseRecord | None:
        """Return the release that the plan follows, under way or ended; None before the first."""
        return self._newest(RELEASES.c.problem == problem, RELEASES.c.state.not_in(_BESIDE))

    def waiting(self, problem: str) -> ReleaseRecord | None:
        """Return the release that waits for another one's end, or None."""
        return self._newest(RELEASES.c.problem == problem, RELEASES.c.state == "waiting")

    def of_id(self, release: str) -> ReleaseRecord | None:
        """Return a release by its id, or None if there is none."""
        return self._newest(RELEASES.c.id == release)

    def of_digest(self, problem: str, digest: str) -> ReleaseRecord | None:
        """Return the newest release of a model file, or None if it never was released."""
        return self._newest(RELEASES.c.problem == problem, RELEASES.c.challenger_digest == digest)

    def all(self, problem: str) -> list[ReleaseRecord]:
        """Return a problem's releases, the oldest first."""
        return list(self._read(RELEASES.c.problem == problem))

    def next_number(self, problem: str) -> int:
        """Return the number of the problem's next release."""
        newest = sa.select(sa.func.max(RELEASES.c.number)).where(RELEASES.c.problem == problem)
        with self.engine.connect() as connection:
            return (connection.scalar(newest) or 0) + 1

    def start(self, record: ReleaseRecord, superseded: Iterable[ReleaseRecord] = ()) -> None:
        """Add a release, and end others in the same transaction.

        Args:
            superseded: the others' records as they become.

        Raises:
            RecordConflictError: the number is taken, or one of the others changed.
        """
        try:
            with self.engine.begin() as connection:
                for other in superseded:
                    self._replace(connection, other, None)
                connection.execute(sa.insert(RELEASES), self._row(record))
                connection.execute(sa.insert(RELEASE_EVENTS), _event(record, None))
        except sa.exc.IntegrityError:
            raise RecordConflictError(record.id) from None

    def replace(self, record: ReleaseRecord, who: str | None = None) -> ReleaseRecord:
        """Write a changed record in place of the one it was made of; return it as written.

        Args:
            who: the person who changed it; None for the controller.

        Raises:
            RecordConflictError: the record changed since it was read.
        """
        with self.engine.begin() as connection:
            return self._replace(connection, record, who)

    def _replace(
        self, connection: sa.Connection, record: ReleaseRecord, who: str | None
    ) -> ReleaseRecord:
        written = record.model_copy(update={"revision": record.revision + 1})
        current = sa.and_(RELEASES.c.id == record.id, RELEASES.c.revision == record.revision)
        result = connection.execute(sa.update(RELEASES).where(current).values(**self._row(written)))
        if result.rowcount != 1:
            raise RecordConflictError(record.id)
        connection.execute(sa.insert(RELEASE_EVENTS), _event(written, who))
        return written

    def _newest(self, *conditions: sa.ColumnElement[bool]) -> ReleaseRecord | None:
        return next(iter(self._read(*conditions, newest_only=True)), None)

    def _read(
        self, *conditions: sa.ColumnElement[bool], newest_only: bool = False
    ) -> Iterator[ReleaseRecord]:
        query = sa.select(RELEASES.c.document).where(*conditions)
        query = query.order_by(RELEASES.c.number.desc() if newest_only else RELEASES.c.number)
        with self.engine.connect() as connection:
            texts = connection.scalars(query.limit(1) if newest_only else query).all()
        for text in texts:
            yield ReleaseRecord.model_validate_json(text).map_uris(self._absolute)

    def _row(self, record: ReleaseRecord) -> dict[str, Any]:
        champion = record.champion
        return {
            "id": record.id,
            "problem": record.problem,
            "number": record.number,
            "revision": record.revision,
            "state": record.state,
            "step": record.step,
            "traffic_share": record.traffic_share,
            "champion": champion and champion.version,
            "champion_digest": champion and champion.digest,
            "challenger": record.challenger.version,
            "challenger_digest": record.challenger.digest,
            "started_at": record.started_at,
            "step_since": record.step_since,
            "ended_at": record.ended_at,
            "reason": record.reason,
            "document": record.map_uris(self._relative).model_dump_json(),
        }

    def _relative(self, uri: str) -> str:
        return _HOME + uri.removeprefix(self._home) if uri.startswith(self._home) else uri

    def _absolute(self, uri: str) -> str:
        return self._home + uri.removeprefix(_HOME) if uri.startswith(_HOME) else uri


@contextmanager
def open_records(settings: Settings) -> Iterator[ReleaseRecords]:
    """Open the records in the deployment's database, and close the engine after the block."""
    settings.folder()
    engine = open_database(settings.database_url)
    try:
        yield ReleaseRecords(engine, settings)
    finally:
        engine.dispose()


def _event(record: ReleaseRecord, who: str | None) -> dict[str, Any]:
    """Return the row that tells of a record's latest change."""
    return {
        "release": record.id,
        "problem": record.problem,
        "revision": record.revision,
        "at": record.changed_at,
        "state": record.state,
        "step": record.step,
        "traffic_share": record.traffic_share,
        "champion": record.champion and record.champion.version,
        "challenger": record.challenger.version,
        "reason": record.reason,
        "who": who,
        "numbers": json.dumps(record.numbers, allow_nan=False),
    }
