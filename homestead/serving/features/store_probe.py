"""Regular probes of the online store: whether it can be read, and how new its values are."""

import logging
import threading
import time
from collections.abc import Collection

from homestead.features.online_reader import RowReader
from homestead.problem.contract import Contract
from homestead.serving.metrics.metric_registry import ServerMetrics

_LOG = logging.getLogger(__name__)
_INTERVAL_S = 5.0


class StoreProbe:
    """Probes one contract's store in a thread, and exposes what is known of the store.

    Attributes:
        empty_views: views that the store was never filled with, or whose values it has lost; none
            before the first probe.
    """

    def __init__(self, contract: Contract, reader: RowReader, metrics: ServerMetrics) -> None:
        self.empty_views: Collection[str] = ()
        self._reader = reader
        self._is_available = metrics.gauge("homestead_feature_store_available", contract.problem)
        self._freshness = {
            view.name: metrics.gauge(
                "homestead_feature_freshness_timestamp_seconds", contract.problem, view.name
            )
            for view in contract.views
        }
        self._tried = threading.Event()
        self._closed = threading.Event()
        self._last_warning_at = -_INTERVAL_S

    def start(self) -> None:
        """Probe in a thread until :meth:`close`."""
        if self._freshness:
            threading.Thread(
                target=self._probe_until_closed, daemon=True, name="feature-freshness"
            ).start()
        else:
            self._tried.set()

    def close(self) -> None:
        """End the thread."""
        self._closed.set()

    def wait_until_tried(self, timeout_s: float) -> bool:
        """Wait until the store was read or could not be, and return whether that is so."""
        return self._tried.wait(timeout_s)

    def report_success(self) -> None:
        """Note that the store was read."""
        self._is_available.set(1)

    def report_failure(self, error: BaseException) -> None:
        """Note that the store could not be read, and log it unless that was done a moment ago."""
        self._is_available.set(0)
        if time.monotonic() - self._last_warning_at > _INTERVAL_S:
            self._last_warning_at = time.monotonic()
            _LOG.warning("the feature store cannot be read: %s: %s", type(error).__name__, error)

    def _probe_until_closed(self) -> None:
        while not self._closed.is_set():
            try:
                times = self._reader.freshness()
            except Exception as error:
                # The clients of stores have no common class of errors.
                self.report_failure(error)
            else:
                self.report_success()
                self.empty_views = self._freshness.keys() - times.keys()
                for view, gauge in self._freshness.items():
                    gauge.set(times.get(view, 0))
            self._tried.set()
            self._closed.wait(_INTERVAL_S)
