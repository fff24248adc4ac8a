"""Description of one Prometheus metric."""

from dataclasses import dataclass
from typing import Literal

MetricKind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True)
class PrometheusMetric:
    """One metric.

    Attributes:
        name: as Prometheus stores it, with our prefix, or ``process_`` for what operating systems
            count; counters end in ``_total``, times in ``_seconds``.
        kind: counter, gauge or histogram.
        help: one sentence.
        labels: names of the labels, in the order in which a server sets their values. The first
            is always ``model``, the problem's name. Labels that Prometheus gives to targets (job,
            instance, namespace, pod, ...) are not allowed, because it would rename ours.
        buckets: upper edges of a histogram in ascending order, without +Inf; otherwise empty.
    """

    name: str
    kind: MetricKind
    help: str
    labels: tuple[str, ...]
    buckets: tuple[float, ...] = ()

    @property
    def sample_names(self) -> tuple[str, ...]:
        """Names of the time series that this metric yields."""
        if self.kind == "histogram":
            return tuple(f"{self.name}_{part}" for part in ("bucket", "sum", "count"))
        return (self.name,)
