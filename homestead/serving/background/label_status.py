"""Gauges of labels: how many were joined, how late, and how many wait or fit no prediction."""

import time

import sqlalchemy as sa

from homestead.prediction_log.labels.tables import LABEL_QUARANTINE, LABELS
from homestead.serving.background.metric_readings import GaugeReading

_WINDOW_S = 86_400.0
# The day's labels may be a million: they are counted once a minute.
_INTERVAL_S = 60.0


class LabelStatus:
    """Counts a problem's labels now and then."""

    def __init__(self, database: sa.Engine, problem: str) -> None:
        self._database = database
        self._problem = problem
        self._next_s = 0.0

    def read(self, now_s: float | None = None) -> list[GaugeReading]:
        """Return the gauges, or nothing if they were read within the last minute.

        Raises:
            SQLAlchemyError: the database cannot be read.
        """
        now_s = time.time() if now_s is None else now_s
        if now_s < self._next_s:
            return []
        labels, misfits = LABELS.c, LABEL_QUARANTINE.c
        since_s = now_s - _WINDOW_S
        joined = sa.select(sa.func.count(), sa.func.avg(labels.received_at - labels.at)).where(
            labels.problem == self._problem, labels.received_at > since_s
        )
        newest = sa.select(sa.func.max(labels.received_at)).where(labels.problem == self._problem)
        waits = sa.func.coalesce(misfits.waits_until, 0) > now_s
        count = sa.select(sa.func.count()).where(misfits.problem == self._problem)
        with self._database.connect() as connection:
            number, lag_s = connection.execute(joined).one()
            waiting = connection.scalar(count.where(misfits.waits_until > now_s))
            received = connection.scalar(count.where(misfits.received_at > since_s, ~waits))
            # They were received before, and the wait for their prediction has ended since.
            given_up = connection.scalar(
                count.where(misfits.received_at <= since_s, misfits.waits_until > since_s, ~waits)
            )
            newest_s = connection.scalar(newest)
        self._next_s = now_s + _INTERVAL_S
        counts = {
            "joined": number,
            "waiting": waiting,
            "quarantined": (received or 0) + (given_up or 0),
        }
        return [
            *(GaugeReading("homestead_labels", (state,), value) for state, value in counts.items()),
            GaugeReading("homestead_label_lag_seconds", (), lag_s),
            GaugeReading("homestead_label_timestamp_seconds", (), newest_s),
        ]
