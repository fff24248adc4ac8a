"""What goes on beside the server, in a process of its own: it ships the prediction log, forgets
old rows, and reads what is to be watched. So neither SQL nor its import costs the server a
request; and a server that is killed has its spool shipped all the same.

Started by :class:`homestead.serving.background.supervisor.WorkerSupervisor`; ends when the server's end of the pipe closes.
"""

import contextlib
import json
import logging
import math
import os
import select
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from homestead.database.engine import open_engine
from homestead.prediction_log.retention import delete_older_than
from homestead.prediction_log.shipper import Shipper
from homestead.serving.background.job_status import GaugeReading, read_release, read_reports
from homestead.settings import Settings

_LOG = logging.getLogger(__name__)
_PAUSE_S = 0.2
_TURN_S = 2.0
_REPORT_S = 10.0
_FORGET_S = 600.0
_NICE = 19


def main(problem: str, owner: int) -> None:
    """Work for the server process ``owner`` until standard input is closed.

    What is to be exposed as metrics goes to standard output: in each line a JSON list of
    [name, labels behind the model's, value].
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # A terminal's Ctrl-C and a supervisor's SIGTERM reach the group; the server says when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _give_way()
    settings = Settings.read()
    database = open_engine(settings.database_url, settings.database_timeout_s)
    shipper = Shipper(settings.folder("spool", problem), database, owner)
    watch = JobStatusPoller(database, problem, settings.release_plan(problem))
    said: dict[tuple[str, tuple[str, ...]], float | None] = {}
    report_at, forget_at = 0.0, time.monotonic() + _PAUSE_S
    ended = False
    while not ended:
        behind = shipper.lag_rows and not shipper.error
        ended = bool(select.select([sys.stdin], [], [], 0 if behind else _PAUSE_S)[0])
        # How far the log lags must be known above all where it can't keep up.
        shipper.ship(math.inf if ended else _TURN_S)
        found = [GaugeReading("prediction_log_lag_rows", (), shipper.lag_rows)]
        if time.monotonic() >= report_at:
            report_at = time.monotonic() + _REPORT_S
            found += watch.look()
        if settings.log_retention_days and not shipper.error and time.monotonic() >= forget_at:
            forget_at = time.monotonic() + _FORGET_S
            _forget(database, problem, settings.log_retention_days)
        news = [one for one in found if one[:2] not in said or said[one[:2]] != one.value]
        if news and not ended:
            said |= {one[:2]: one.value for one in news}
            _say(news)
    database.dispose()


def _give_way() -> None:
    """The server's requests come first, also where both have one core."""
    if hasattr(os, "SCHED_IDLE"):
        # A nice process keeps the core to the end of its slice, some 3 ms; an idle one leaves it.
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
            return
    os.nice(_NICE)


def _say(news: Sequence[GaugeReading]) -> None:
    # The pipe is broken when the server was killed; what is left to do then is to ship.
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(news), flush=True)  # noqa: T201


def _forget(database: sa.Engine, problem: str, days: float) -> None:
    try:
        removed = delete_older_than(database, problem, days)
        if removed:
            _LOG.info("prediction log: %s rows older than %g days removed", removed, days)
    except sa.exc.SQLAlchemyError as error:
        _LOG.warning("prediction log: old rows not removed, will try again: %s", error)


class JobStatusPoller:
    """Reads what tasks and releases left behind; what was never there is not exposed.

    While the database is away the last figures stay, and grow old as their time stamps say.
    """

    def __init__(self, database: sa.Engine, problem: str, plan: Path) -> None:
        self._database = database
        self._problem = problem
        self._plan = plan
        self._failed = False

    def look(self) -> list[GaugeReading]:
        """The figures as they are now."""
        found = list(read_release(self._plan))
        try:
            found += read_reports(self._database, self._problem)
            self._failed = False
        except sa.exc.SQLAlchemyError as error:
            if not self._failed:
                _LOG.warning("reports can't be read, will try again: %s", error)
            self._failed = True
        return found


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
