"""The metric table as Prometheus objects."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from homestead.metric_table import METRICS


class Metrics:
    """Every metric of the table that a server exposes, by name, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._found: dict[str, Counter | Gauge | Histogram] = {}
        for name, metric in METRICS.items():
            if metric.kind == "histogram":
                self._found[name] = Histogram(
                    name, metric.help, metric.labels, buckets=metric.buckets, registry=self.registry
                )
            else:
                kind = Counter if metric.kind == "counter" else Gauge
                self._found[name] = kind(name, metric.help, metric.labels, registry=self.registry)

    def count(self, name: str, *labels: str, by: float = 1) -> None:
        """Add to a counter."""
        found = self._found[name].labels(*labels)
        found.inc(by)  # type: ignore[union-attr]

    def observe(self, name: str, *labels: str, seconds: float) -> None:
        """Add to a histogram."""
        found = self._found[name].labels(*labels)
        found.observe(seconds)  # type: ignore[union-attr]

    def set(self, name: str, *labels: str, value: float) -> None:
        """Set a gauge."""
        found = self._found[name].labels(*labels)
        found.set(value)  # type: ignore[union-attr]

    def clear(self, name: str) -> None:
        """Forget a gauge's label values."""
        self._found[name].clear()
