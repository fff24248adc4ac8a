"""Prometheus objects for every metric of the catalog."""

import os
import threading
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, values
from prometheus_client.registry import Collector

from homestead.monitoring.metric_catalog import PROMETHEUS_METRICS
from homestead.serving.metrics.former_names import FormerNames


class ServerMetrics:
    """All metrics of the catalog, by name, in a registry of their own.

    Methods take the values of the labels in the catalog's order.
    """

    def __init__(self) -> None:
        # Feast's import sets this variable for child processes. It makes prometheus_client
        # count in shared files, which is slow and useless here, where one process serves.
        os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
        values.ValueClass = values.MutexValue
        self.registry = CollectorRegistry()
        self._updates = _Updates()
        # Collected first, because it was registered first.
        self.registry.register(self._updates)
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}
        for name, metric in PROMETHEUS_METRICS.items():
            if metric.kind == "histogram":
                self._histograms[name] = Histogram(
                    name, metric.help, metric.labels, buckets=metric.buckets, registry=self.registry
                )
            elif metric.kind == "counter":
                self._counters[name] = Counter(
                    name, metric.help, metric.labels, registry=self.registry
                )
            else:
                self._gauges[name] = Gauge(name, metric.help, metric.labels, registry=self.registry)
        self.registry.register(FormerNames({**self._histograms, **self._counters, **self._gauges}))

    def counter(self, name: str, *labels: str) -> Counter:
        """Return the counter with these labels. It is exposed as 0 from the first call on."""
        return self._counters[name].labels(*labels)

    def gauge(self, name: str, *labels: str) -> Gauge:
        """Return the gauge with these labels."""
        return self._gauges[name].labels(*labels)

    def histogram(self, name: str, *labels: str) -> Histogram:
        """Return the histogram with these labels."""
        return self._histograms[name].labels(*labels)

    def set_only(self, name: str, *label_sets: tuple[str, ...]) -> None:
        """Set a gauge to 1 for each of these sets of labels, and remove it for all others."""
        self._gauges[name].clear()
        for labels in label_sets:
            self._gauges[name].labels(*labels).set(1)

    def remove_gauge(self, name: str, *labels: str) -> None:
        """Expose a gauge with these labels no longer, until its next value."""
        self._gauges[name].remove(*labels)

    def before_scrape(self, update: Callable[[], None]) -> None:
        """Call a function before each scrape, which sets values that are not kept up to date."""
        self._updates.functions.append(update)


class _Updates(Collector):
    """Has no metrics, and updates those of others."""

    def __init__(self) -> None:
        self.functions: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def collect(self) -> Iterable[Metric]:
        with self._lock:  # of two scrapes at the same time one waits
            for update in self.functions:
                update()
        return ()
