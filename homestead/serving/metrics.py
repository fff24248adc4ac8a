"""The metric table as Prometheus objects."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from homestead.monitoring.metric_catalog import PROMETHEUS_METRICS


class ServerMetrics:
    """Every metric of the table, by name, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
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

    def counter(self, name: str, *labels: str) -> Counter:
        """A counter for these labels' values, there with 0 from the first call on."""
        return self._counters[name].labels(*labels)

    def gauge(self, name: str, *labels: str) -> Gauge:
        """A gauge for these labels' values."""
        return self._gauges[name].labels(*labels)

    def histogram(self, name: str, *labels: str) -> Histogram:
        """A histogram for these labels' values."""
        return self._histograms[name].labels(*labels)

    def only(self, name: str, *labels: tuple[str, ...]) -> None:
        """Set a gauge to 1 for each of these labels' values, and forget all others."""
        self._gauges[name].clear()
        for values in labels:
            self._gauges[name].labels(*values).set(1)
