"""Watches the spool of the server: its lag, damage, and whether its segment is still there.

Part of the server's process, so that a worker that is stopped or stuck is seen.
"""

import logging
import threading
import time

from homestead.prediction_log.shipping_lag import ShippingLag
from homestead.prediction_log.shipping_status import ShippingStatus
from homestead.prediction_log.spool import Spool
from homestead.serving.metrics.metric_registry import ServerMetrics

_LOG = logging.getLogger(__name__)
_INTERVAL_S = 0.5


class LogMonitor(threading.Thread):
    """Checks the spool twice a second, and exposes what the worker ships and what it does not.

    Attributes:
        spool: what is watched.
    """

    def __init__(self, problem: str, spool: Spool, metrics: ServerMetrics) -> None:
        super().__init__(daemon=True, name="log-monitor")
        self.spool = spool
        # The scrape, the supervisor of the worker and this thread use it.
        self._lock = threading.Lock()
        self._lag = ShippingLag(time.time(), spool.written()[0])
        self._stopping = threading.Event()
        self._has_warned = False
        metrics.gauge("homestead_prediction_log_lag_rows", problem).set_function(self._lag_rows)
        metrics.gauge("homestead_prediction_log_lag_seconds", problem).set_function(self._lag_s)
        self._set_aside = metrics.gauge("homestead_prediction_log_set_aside_segments", problem)
        self._left_out = metrics.counter("homestead_prediction_log_left_out_lines_total", problem)
        self._lost = metrics.counter("homestead_prediction_log_lost_segments_total", problem)

    def run(self) -> None:
        """Check until :meth:`stop` is called."""
        while not self._stopping.wait(_INTERVAL_S):
            self.check()

    def stop(self) -> None:
        """Check no longer."""
        self._stopping.set()

    def check(self) -> None:
        """Restore a deleted segment, and take note of what is written."""
        try:
            self.spool.restore_segment()
            self._has_warned = False
        except OSError as error:
            if not self._has_warned:
                _LOG.error("prediction log: a deleted segment cannot be written again: %s", error)
            self._has_warned = True
        self.spool.end_old_segment()
        with self._lock:
            self._sample()

    def accept(self, status: ShippingStatus, previous: ShippingStatus) -> None:
        """Take note of what a worker says.

        Args:
            status: its present state.
            previous: the state that it told before; a new worker counts from zero.
        """
        with self._lock:
            self._lag.update(status)
        self._set_aside.set(status.set_aside_segments)
        self._left_out.inc(status.left_out_lines - previous.left_out_lines)
        self._lost.inc(status.lost_segments - previous.lost_segments)

    def _sample(self) -> None:
        self._lag.sample(*self.spool.written(), time.time())

    def _lag_rows(self) -> float:
        with self._lock:
            self._sample()
            return self._lag.rows

    def _lag_s(self) -> float:
        with self._lock:
            self._sample()
            return self._lag.age_s(time.time())
