"""Pieces of PromQL. Series are named through the metric table, so a misspelt one is an error."""

from homestead.monitoring.metric_catalog import PROMETHEUS_METRICS

# A deployment is a model in a namespace; its pods are added up.
DEPLOYMENT = "namespace, model"
_OF_SAMPLE = {
    sample: metric for metric in PROMETHEUS_METRICS.values() for sample in metric.sample_names
}


def series(name: str, *matchers: str) -> str:
    """A selector of one of the table's time series.

    Args:
        name: as Prometheus stores it: a histogram's is ``…_bucket``, ``…_sum`` or ``…_count``.
        matchers: like ``model="x"``; their labels must be the metric's, ``le`` or ``namespace``.

    Raises:
        KeyError: there is no such series, or it has no such label.
    """
    known = {*_OF_SAMPLE[name].labels, "le", "namespace"}
    for matcher in matchers:
        label = matcher.split("=")[0].rstrip("!")
        if label not in known:
            raise KeyError(f"{name} has no label {label}")
    return f"{name}{{{', '.join(matchers)}}}" if matchers else name


def sum_by(expression: str, by: str = DEPLOYMENT) -> str:
    """The sum over pods."""
    return f"sum by ({by}) ({expression})"


def max_by(expression: str, by: str = DEPLOYMENT) -> str:
    """The largest over pods: each exposes the same figure, or one that is seconds older."""
    return f"max by ({by}) ({expression})"


def rate(selector: str, window: str) -> str:
    """Events per second over a window."""
    return f"rate({selector}[{window}])"
