"""Reference of the Prometheus metrics and of the model's metrics, from their catalogs."""

from docs.site.markdown import code, table
from homestead.monitoring.metric_catalog import PROMETHEUS_METRICS
from homestead.problem.model_metrics.table import MODEL_METRICS

_UNITS = {"share": "share, shown in percent", "target": "the target's", "": ""}
_DIRECTIONS = {True: "higher", False: "lower"}


def prometheus_metrics() -> str:
    """Return the table of all metrics that servers expose."""
    rows = [
        [code(metric.name), metric.kind, ", ".join(map(code, metric.labels)), metric.help]
        for metric in PROMETHEUS_METRICS.values()
    ]
    return table(["metric", "kind", "labels", "meaning"], rows)


def model_metrics() -> str:
    """Return the table of the measures of prediction quality."""
    rows = [
        [
            code(metric.name),
            metric.title,
            metric.task,
            _UNITS[metric.unit],
            _DIRECTIONS[metric.higher_is_better],
        ]
        for metric in MODEL_METRICS.values()
    ]
    return table(["metric", "title", "task", "unit", "better is"], rows)
