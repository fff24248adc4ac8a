"""Study in the project's database, which several workers share and a killed one leaves intact.

A trial is a row, made by whoever proposes its batch first. A worker claims it for some time and
renews the claim while it runs; the claim of a killed worker expires, and another takes the trial
over. The first outcome is kept: as trials are functions of their point and of earlier outcomes, a
second one would be the same.
"""

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.database.locks import is_process_running
from homestead.training.studies.tables import STUDIES, TRIALS
from homestead.training.studies.trial import Outcome, Point, StudyTrial

CLAIM_S: Final = 60.0
# Studies that nobody has opened for so long are deleted.
_KEPT_S = 30 * 86400.0


def worker_name() -> str:
    """Return a name for this process as a worker, which tells others where it runs."""
    return f"{socket.gethostname()[:200]}/{os.getpid()}/{secrets.token_hex(4)}"


class SqlStudy:
    """A study as one worker sees it."""

    def __init__(self, engine: sa.Engine, study: str, worker: str, claim_s: float) -> None:
        self._engine, self._study, self._worker, self._claim_s = engine, study, worker, claim_s
        self._own = (TRIALS.c.study == study) & (TRIALS.c.worker == worker)
        self._is_open = TRIALS.c.outcome.is_(None)

    def trials(self) -> list[StudyTrial]:
        """Return the trials in the order of their numbers."""
        columns = TRIALS.c
        rows = sa.select(columns.number, columns.point, columns.outcome)
        rows = rows.where(columns.study == self._study).order_by(columns.number)
        with self._engine.connect() as connection:
            return [
                StudyTrial(
                    number,
                    json.loads(point),
                    None if outcome is None else Outcome.from_json(outcome),
                )
                for number, point, outcome in connection.execute(rows)
            ]

    def add(self, points: Mapping[int, Point]) -> None:
        """Add proposed trials by number, unless another worker has added them."""
        rows = [
            {"study": self._study, "number": number, "point": json.dumps(point)}
            for number, point in points.items()
        ]
        try:
            with self._engine.begin() as connection:
                connection.execute(sa.insert(TRIALS), rows)
        except sa.exc.IntegrityError:
            # It proposed the same ones; a batch is added whole.
            return

    def claim(self, numbers: range) -> int | None:
        """Return the number of a trial that nobody runs, for this worker; None without one."""
        columns = TRIALS.c
        listed = sa.select(columns.number, columns.worker, columns.claimed_until).where(
            columns.study == self._study, columns.number.in_(numbers), self._is_open
        )
        with self._engine.connect() as connection:
            waiting = connection.execute(listed.order_by(columns.number)).all()
        for number, worker, claimed_until in waiting:
            now = time.time()
            if worker is not None and claimed_until > now and not _has_ended(worker):
                continue
            claimed = sa.update(TRIALS).where(
                columns.study == self._study,
                columns.number == number,
                self._is_open,
                # Of two workers that saw it at once, one gets it.
                columns.worker.is_not_distinct_from(worker),
            )
            values = {"worker": self._worker, "claimed_until": now + self._claim_s}
            with self._engine.begin() as connection:
                if connection.execute(claimed.values(values)).rowcount:
                    return int(number)
        return None

    def finish(self, number: int, outcome: Outcome) -> None:
        """Write how a trial ended, unless another worker has written it."""
        ended = sa.update(TRIALS).where(
            TRIALS.c.study == self._study, TRIALS.c.number == number, self._is_open
        )
        with self._engine.begin() as connection:
            connection.execute(ended.values(outcome=outcome.to_json()))

    def renew(self) -> None:
        """Prolong the claim on the trial that this worker runs."""
        renewed = sa.update(TRIALS).where(self._own, self._is_open)
        with self._engine.begin() as connection:
            connection.execute(renewed.values(claimed_until=time.time() + self._claim_s))

    def release(self) -> None:
        """Give up the claim on the trial that this worker has not ended."""
        released = sa.update(TRIALS).where(self._own, self._is_open)
        with self._engine.begin() as connection:
            connection.execute(released.values(worker=None, claimed_until=None))


@contextmanager
def shared_study(
    database_url: str,
    study: str,
    problem: str,
    candidate: str,
    trials: int,
    claim_s: float = CLAIM_S,
) -> Iterator[SqlStudy]:
    """Open a study, made if there is none, and keep this worker's claims alive.

    Args:
        study: its identity, of 64 characters.
        trials: how many there will be.
        claim_s: after how long the trial of a killed worker is taken over, at the latest: on the
            same machine at once.

    Raises:
        SQLAlchemyError: the database cannot be reached.
    """
    engine = open_database(database_url)
    try:
        _open(engine, study, problem, candidate, trials)
        opened = SqlStudy(engine, study, worker_name(), claim_s)
        closing = threading.Event()
        thread = threading.Thread(target=_renew, args=(opened, closing, claim_s / 4), daemon=True)
        thread.start()
        try:
            yield opened
        finally:
            closing.set()
            thread.join()
            opened.release()
    finally:
        engine.dispose()


def _open(engine: sa.Engine, study: str, problem: str, candidate: str, trials: int) -> None:
    """Write that a study is worked on, and delete those that have long been left."""
    columns, now = STUDIES.c, time.time()
    values = {"problem": problem, "candidate": candidate, "trials": trials, "seen_at": now}
    with engine.begin() as connection:
        old = sa.select(columns.id).where(columns.seen_at < now - _KEPT_S)
        connection.execute(sa.delete(TRIALS).where(TRIALS.c.study.in_(old)))
        connection.execute(sa.delete(STUDIES).where(columns.seen_at < now - _KEPT_S))
        seen = sa.update(STUDIES).where(columns.id == study).values(seen_at=now)
        if connection.execute(seen).rowcount:
            return
    try:
        with engine.begin() as connection:
            connection.execute(sa.insert(STUDIES), {"id": study, **values})
    except sa.exc.IntegrityError:
        return  # another worker has opened it meanwhile


def _renew(study: SqlStudy, closing: threading.Event, interval_s: float) -> None:
    while not closing.wait(interval_s):
        try:
            study.renew()
        except sa.exc.SQLAlchemyError:
            # The claim may expire; then another worker runs the same trial, with the same outcome.
            continue


def _has_ended(worker: str) -> bool:
    """Return whether a worker was a process of this machine that has ended."""
    host, process_id, _ = worker.rsplit("/", 2)
    return host == socket.gethostname()[:200] and not is_process_running(int(process_id))
