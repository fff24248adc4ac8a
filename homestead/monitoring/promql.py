"""Parts of PromQL expressions; series are checked against the metric catalog."""

from homestead.monitoring.metric_catalog import PROMETHEUS_METRICS

# The labels of a deployment: a model in a namespace. Its pods are aggregated.
DEPLOYMENT = "namespace, model"
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_METRIC_OF_SAMPLE = {
    sample: metric for metric in PROMETHEUS_METRICS.values() for sample in metric.sample_names
}


def series(name: str, *matchers: str) -> str:
    """Return a selector of a time series.

    Args:
        name: as Prometheus stores it; of a histogram ``…_bucket``, ``…_sum`` or ``…_count``.
        *matchers: such as ``model="x"``; allowed are the metric's labels, ``le`` and
            ``namespace``.

    Raises:
        KeyError: the catalog has no such series, or it has no such label.
    """
    allowed = {*_METRIC_OF_SAMPLE[name].labels, "le", "namespace"}
    for matcher in matchers:
        label = matcher.split("=")[0].rstrip("!")
        if label not in allowed:
            raise KeyError(f"{name} has no label {label}")
    return f"{name}{{{', '.join(matchers)}}}" if matchers else name


def sum_by(expression: str, labels: str = DEPLOYMENT) -> str:
    """Return the sum over pods."""
    return f"sum by ({labels}) ({expression})"


def max_by(expression: str, labels: str = DEPLOYMENT) -> str:
    """Return the maximum over pods, of which some expose a value that is seconds older."""
    return f"max by ({labels}) ({expression})"


def rate(selector: str, window: str) -> str:
    """Return the events per second over a window."""
    return f"rate({selector}[{window}])"


def duration_s(text: str) -> int:
    """Return the seconds of a duration with one unit, such as ``15m``."""
    return int(text[:-1]) * _UNITS_S[text[-1]]
