"""The names that metrics had before version 0.2, exposed beside the new ones until version 0.3."""

from collections.abc import Iterable, Mapping

from prometheus_client import Metric
from prometheus_client.registry import Collector

from homestead.monitoring.metric_catalog import FORMER_NAMES, PREFIX


class FormerNames(Collector):
    """Copies the renamed metrics at each scrape, so that requests are counted once only."""

    def __init__(self, metrics: Mapping[str, Collector]) -> None:
        """Keep the metrics of the catalog, by their names."""
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        """Yield each renamed metric under its former name."""
        for name in FORMER_NAMES:
            for metric in self._metrics[name].collect():
                copy = Metric(
                    metric.name.removeprefix(PREFIX),
                    f"Deprecated, removed in version 0.3: use {name}.",
                    metric.type,
                )
                copy.samples = [
                    sample._replace(name=sample.name.removeprefix(PREFIX))
                    for sample in metric.samples
                    if not sample.name.endswith("_created")
                ]
                yield copy
