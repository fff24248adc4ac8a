"""CPU time, memory and open files of the server's processes."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, ProcessCollector

from homestead.monitoring.metric_catalog import PROMETHEUS_METRICS
from homestead.serving.metrics.metric_registry import ServerMetrics


class ProcessMetrics:
    """Updates ``process_*`` of one process at each scrape."""

    def __init__(
        self, problem: str, process: str, pid: Callable[[], int | None], metrics: ServerMetrics
    ) -> None:
        """Prepare to read a process.

        Args:
            process: its name, the value of the label ``process``.
            pid: returns its id, None while it does not run.
        """
        self._labels = (problem, process)
        self._pid = pid
        self._metrics = metrics
        self._read_process = ProcessCollector(
            pid=lambda: pid() or 0, registry=CollectorRegistry()
        ).collect
        self._last_cpu_s = 0.0
        metrics.before_scrape(self.update)

    def update(self) -> None:
        """Read the current values. A process that does not run has no gauges."""
        if self._pid() is None:
            for name, metric in PROMETHEUS_METRICS.items():
                if name.startswith("process_") and metric.kind == "gauge":
                    self._metrics.remove_gauge(name, *self._labels)
            return
        for family in self._read_process():
            for sample in family.samples:
                if family.type == "counter":
                    self._count_cpu(sample.name, sample.value)
                else:
                    self._metrics.gauge(sample.name, *self._labels).set(sample.value)

    def _count_cpu(self, name: str, seconds: float) -> None:
        # A process that was started anew begins at zero.
        used_s = seconds - self._last_cpu_s if seconds >= self._last_cpu_s else seconds
        self._last_cpu_s = seconds
        self._metrics.counter(name, *self._labels).inc(used_s)
