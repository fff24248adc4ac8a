"""A run of retraining that this process carries out: claimed once, alive while it says so."""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import sqlalchemy as sa

from homestead.errors import UserError
from homestead.retraining.records import RetrainingRecords, RunConflictError
from homestead.retraining.run import RetrainingRun
from homestead.steps.retraining.training_backend import RunEnd

_LOG = logging.getLogger(__name__)
HEARTBEAT_S = 20.0
# A process that has been silent for so long is dead, or has lost its machine or the database.
SILENCE_S = 180.0
LOST = "its process ended before the run did"


class OwnRun:
    """A run that this process has claimed.

    Attributes:
        run: as it was last written.
    """

    def __init__(self, records: RetrainingRecords, run: RetrainingRun) -> None:
        self.run = run
        self._records = records
        self._lock = threading.Lock()

    def keep_alive(self, now: float) -> bool:
        """Say that the process is alive; return whether the run is still its own."""
        try:
            with self._lock:
                if not self.run.has_ended:
                    self.run = self._records.replace(self.run.changed(seen_at=now))
        except RunConflictError:
            return False
        except sa.exc.SQLAlchemyError as error:
            # The next one may reach it: the run goes on.
            _LOG.warning(
                "run %s: the database cannot be told that it goes on: %s", self.run.id, error
            )
        return True

    def end(self, end: RunEnd, now: float) -> None:
        """Record how the run ended.

        Raises:
            RunConflictError: another process has taken it over.
        """
        with self._lock:
            self.run = self._records.replace(
                self.run.changed(
                    state="succeeded" if end.state == "succeeded" else "failed",
                    ended_at=now,
                    decision=end.decision,
                    reason=end.reason,
                )
            )


def claim(records: RetrainingRecords, run: str, owner: str, now: float) -> OwnRun:
    """Claim a run that is starting, for the process ``owner`` alone.

    Raises:
        UserError: there is no such run, or another process has claimed it.
    """
    found = records.run_of_id(run)
    if found is None:
        raise UserError(f"run {run}: {records.problem} has no such run")
    if found.state != "starting":
        raise UserError(f"run {run}: it is {found.state}, and starts only once")
    claimed = found.changed(state="running", run_id=run, owner=owner, seen_at=now)
    try:
        return OwnRun(records, records.replace(claimed))
    except RunConflictError:
        raise UserError(f"run {run}: another process has claimed it") from None


@contextmanager
def claimed_run(
    records: RetrainingRecords, run: str, clock: Callable[[], float] = time.time
) -> Iterator[OwnRun]:
    """Claim a run that is starting, for this process alone, and keep it for the block.

    A process that loses its run to another one, because it was silent for too long, ends itself as
    by SIGTERM.

    Raises:
        UserError: as :func:`claim`.
    """
    own = claim(records, run, _name(os.getpid()), clock())
    is_over = threading.Event()

    def keep_alive() -> None:
        while not is_over.wait(HEARTBEAT_S):
            if not own.keep_alive(clock()):
                _LOG.error("run %s: another process has taken it over, stopping", run)
                os.kill(os.getpid(), signal.SIGTERM)
                return

    thread = threading.Thread(target=keep_alive, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield own
    finally:
        is_over.set()
        thread.join()


def is_alive(run: RetrainingRun, now: float) -> bool:
    """Return whether the process of a run may still carry it out.

    A process of this machine is asked for, however long it has been silent: a laptop may have been
    asleep.
    """
    if now < run.seen_at + SILENCE_S:
        return True
    host, process_id, _ = run.owner.split()
    return host == socket.gethostname() and run.owner == _name(int(process_id))


def _name(process_id: int) -> str:
    """Return a name of a process that no later one gets; '' if there is no such process."""
    try:
        created_s = psutil.Process(process_id).create_time()
    except psutil.NoSuchProcess:
        return ""
    return f"{socket.gethostname()} {process_id} {created_s:.2f}"
