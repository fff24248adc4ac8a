"""Background worker process: ships the prediction log, deletes expired rows, polls job status.

A process of its own, so that neither SQL nor its import costs the server a request, and so that the
spool of a server that was killed is still shipped. Exits when the server closes the pipe.
Started by :class:`homestead.serving.background.supervisor.WorkerSupervisor`.
"""

import contextlib
import copy
import logging
import math
import os
import select
import signal
import sys
import time

import msgspec
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.prediction_log.labels.feedback_verdicts import FeedbackJudge
from homestead.prediction_log.labels.waiting import WaitingLabels
from homestead.prediction_log.parquet.log import log_source
from homestead.prediction_log.parquet.retention import delete_hours_older_than
from homestead.prediction_log.retention import delete_older_than
from homestead.prediction_log.shipper import Shipper
from homestead.prediction_log.shipping_status import ShippingStatus
from homestead.serving.background.job_status import JobStatusPoller
from homestead.serving.background.metric_readings import GaugeReading, WorkerReport
from homestead.serving.background.served_plan_report import ServedPlanReport
from homestead.serving.background.supervisor import HURRIED
from homestead.settings import Settings

_LOG = logging.getLogger(__name__)
_IDLE_PAUSE_S = 0.2
# Limits one round of shipping, so that the lag is exposed even while shipping cannot keep up.
_MAX_SHIPPING_S = 2.0
_JOB_STATUS_INTERVAL_S = 10.0
_RETENTION_INTERVAL_S = 600.0
_FEEDBACK_INTERVAL_S = 10.0
# A database that no other machine asks has time to be asked more often.
_EMBEDDED_FEEDBACK_INTERVAL_S = 2.0
# Predictions in files are looked for in parts of the log, which takes more than an index.
_FILES_FEEDBACK_INTERVAL_S = 120.0
_LOWEST_NICENESS = 19
_READ_BYTES = 65536


class Worker:
    """Does the background work of one server process."""

    def __init__(self, problem: str, settings: Settings, spool_owner: str) -> None:
        self._problem = problem
        self._log_uri = settings.log_uri
        self._retention_days = settings.log_retention_days
        self._database = open_database(settings.database_url, settings.database_timeout_s)
        self._shipper = Shipper(
            settings.folder("spool", problem), self._database, spool_owner, settings.log_uri
        )
        self._job_status = JobStatusPoller(self._database, problem, settings.release_plan(problem))
        log = log_source(self._database, settings.log_uri)
        self._feedback = FeedbackJudge(log, problem)
        self._waiting = WaitingLabels(log, problem)
        self._feedback_interval_s = _FEEDBACK_INTERVAL_S
        if settings.log_uri:
            self._feedback_interval_s = _FILES_FEEDBACK_INTERVAL_S
        elif self._database.dialect.name == "sqlite":
            self._feedback_interval_s = _EMBEDDED_FEEDBACK_INTERVAL_S
        self._served_plan = ServedPlanReport(self._database, problem)
        self._next_feedback_s = 0.0
        self._next_job_status_s = 0.0
        self._next_retention_s = time.monotonic() + _IDLE_PAUSE_S
        # The last value sent of each gauge: only changes are sent.
        self._sent: dict[tuple[str, tuple[str, ...]], float | None] = {}
        self._sent_shipping: ShippingStatus | None = None

    def run(self) -> None:
        """Work until standard input is closed, then ship what is left in the spool.

        Reports go to standard output, one line of JSON each.
        """
        is_last_round = False
        while not is_last_round:
            is_last_round = self._wait_for_end()
            self._shipper.ship(math.inf if is_last_round else _MAX_SHIPPING_S)
            if not is_last_round and not self._shipper.error:
                self._served_plan.write_if_due()
            readings: list[GaugeReading] = []
            now_s = time.monotonic()
            if now_s >= self._next_job_status_s:
                self._next_job_status_s = now_s + _JOB_STATUS_INTERVAL_S
                readings += self._job_status.read()
            if not is_last_round and not self._shipper.error and now_s >= self._next_feedback_s:
                has_more, counts = self._judge_feedback()
                self._next_feedback_s = now_s + (0 if has_more else self._feedback_interval_s)
                readings += counts
            if self._retention_days and not self._shipper.error and now_s >= self._next_retention_s:
                self._next_retention_s = now_s + _RETENTION_INTERVAL_S
                self._delete_expired_rows(self._retention_days)
            if not is_last_round:
                self._send_changes(readings)
        self._served_plan.delete()
        self._database.dispose()

    def _wait_for_end(self) -> bool:
        """Pause if there is nothing to ship; return whether the server has closed the pipe.

        What it writes into the pipe is the state of its plan.
        """
        pause_s = 0 if self._shipper.has_more else _IDLE_PAUSE_S
        readable, _, _ = select.select([sys.stdin], [], [], pause_s)
        if not readable:
            return False
        content = os.read(sys.stdin.fileno(), _READ_BYTES)
        self._served_plan.read(content)
        return not content

    def _send_changes(self, readings: list[GaugeReading]) -> None:
        changed = [reading for reading in readings if self._is_changed(reading)]
        shipping = self._shipper.status
        if not changed and shipping == self._sent_shipping:
            return
        self._sent |= {(reading.name, reading.labels): reading.value for reading in changed}
        self._sent_shipping = copy.copy(shipping)
        # The pipe is broken if the server was killed; its spool is to be shipped all the same.
        with contextlib.suppress(BrokenPipeError):
            print(msgspec.json.encode(WorkerReport(changed, shipping)).decode(), flush=True)  # noqa: T201

    def _is_changed(self, reading: GaugeReading) -> bool:
        gauge = (reading.name, reading.labels)
        return gauge not in self._sent or self._sent[gauge] != reading.value

    def _judge_feedback(self) -> tuple[bool, list[GaugeReading]]:
        """Judge feedback; return whether there is more, and the messages by verdict."""
        try:
            has_more = self._feedback.judge_page()
            counts = self._feedback.summary()
            self._waiting.join_page()
        except sa.exc.SQLAlchemyError as error:
            _LOG.warning("feedback: not checked, will retry: %s", error)
            return False, []
        return has_more, [
            GaugeReading("homestead_feedback_messages", (verdict,), count)
            for verdict, count in counts.items()
        ]

    def _delete_expired_rows(self, retention_days: float) -> None:
        try:
            deleted_rows = delete_older_than(self._database, self._problem, retention_days)
            if self._log_uri:
                delete_hours_older_than(self._log_uri, self._problem, retention_days)
        except Exception as error:  # each object store raises errors of its own
            _LOG.warning("prediction log: expired rows not deleted, will retry: %s", error)
            return
        if deleted_rows:
            _LOG.info(
                "prediction log: deleted %s rows older than %g days", deleted_rows, retention_days
            )


def lower_priority() -> None:
    """Run at idle priority so that requests are served first, even on a single core."""
    if hasattr(os, "SCHED_IDLE"):
        # A nice process keeps the core to the end of its time slice, some 3 ms; an idle one yields.
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
            return
    os.nice(_LOWEST_NICENESS)


def main(problem: str, spool_owner: str, is_hurried: bool) -> None:
    """Work for a server process until it closes standard input.

    Args:
        problem: the problem's name.
        spool_owner: the spool of the server process.
        is_hurried: whether the server is about to stop, so that it waits for this process.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # Ctrl-C in a terminal, its end, and SIGTERM from a supervisor reach the whole process group;
    # this process has to outlive the server, whose last predictions it ships.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    settings = Settings.read()
    if not is_hurried and settings.worker_priority == "idle":
        lower_priority()
    Worker(problem, settings, spool_owner).run()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], HURRIED in sys.argv[3:])
