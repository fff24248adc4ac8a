"""What goes on beside the server, in a process of its own: it ships the prediction log, forgets
old rows, and reads the newest drift report. So neither SQL nor its import costs the server a
request; and a server that is killed has its spool shipped all the same.

Started by :class:`serving.companion.Companion`; ends when the server's end of the pipe closes.
"""

import contextlib
import json
import logging
import os
import select
import signal
import sys
import time
from typing import Any

import sqlalchemy as sa

from homestead.drift_reports import latest_report
from homestead.prediction_log import connect, forget
from homestead.settings import Settings
from homestead.shipper import Shipper

_LOG = logging.getLogger(__name__)
_PAUSE_S = 0.2
_REPORT_S = 10.0
_FORGET_S = 600.0
# The server's requests come first, also where both have one core.
_NICE = 19


def main(problem: str, owner: int) -> None:
    """Work for the server process ``owner`` until standard input is closed.

    What is to be exposed as metrics goes to standard output, one JSON object a line.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # A terminal's Ctrl-C and a supervisor's SIGTERM reach the group; the server says when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.nice(_NICE)
    settings = Settings.read()
    database = connect(settings.database_url)
    shipper = Shipper(settings.folder("spool", problem), database, owner)
    watch = _Watch(database, problem)
    said: dict[str, Any] = {}
    report_at, forget_at = 0.0, time.monotonic() + _PAUSE_S
    ended = False
    while not ended:
        ended = bool(select.select([sys.stdin], [], [], _PAUSE_S)[0])
        shipper.turn()
        found: dict[str, Any] = {"prediction_log_lag_rows": shipper.lag}
        if time.monotonic() >= report_at:
            report_at = time.monotonic() + _REPORT_S
            found |= watch.look()
        if settings.log_days and not shipper.error and time.monotonic() >= forget_at:
            forget_at = time.monotonic() + _FORGET_S
            _forget(database, problem, settings.log_days)
        news = {name: value for name, value in found.items() if said.get(name, "") != value}
        if news and not ended:
            said |= news
            _say(news)
    database.dispose()


def _say(news: dict[str, Any]) -> None:
    # The pipe is broken when the server was killed; what is left to do then is to ship.
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(news), flush=True)  # noqa: T201


def _forget(database: sa.Engine, problem: str, days: float) -> None:
    try:
        removed = forget(database, problem, days)
        if removed:
            _LOG.info("prediction log: %s rows older than %g days removed", removed, days)
    except sa.exc.SQLAlchemyError as error:
        _LOG.warning("prediction log: old rows not removed, will try again: %s", error)


class _Watch:
    """Reads the newest drift report; while there is none, nothing is exposed."""

    def __init__(self, database: sa.Engine, problem: str) -> None:
        self._database = database
        self._problem = problem
        self._failed = False

    def look(self) -> dict[str, float | None]:
        """The report's metrics; None for one without a value."""
        try:
            report = latest_report(self._database, self._problem)
        except sa.exc.SQLAlchemyError as error:
            if not self._failed:
                _LOG.warning("the drift report can't be read, will try again: %s", error)
            self._failed = True
            return {}
        self._failed = False
        if report is None:
            return {}
        return {
            "drift_share": report["share"],
            "drift_threshold": report["threshold"],
            "drift_rows": report["rows"],
            "drift_checked_timestamp_seconds": report["at"],
        }


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
