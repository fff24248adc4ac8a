"""PromQL over the namespace and the model that a viewer has selected in a dashboard."""

from homestead.monitoring.promql import series

_SELECTED = ('namespace=~"$namespace"', 'model="$model"')
RATE_WINDOW = "$__rate_interval"


def selected_series(name: str, *matchers: str) -> str:
    """Return a selector of the selected model's series."""
    return series(name, *_SELECTED, *matchers)


def max_recorded(name: str) -> str:
    """Return a recorded series of the selected model: the maximum over namespaces."""
    return f"max({name}{{{', '.join(_SELECTED)}}})"


def events_per_second(counter: str, labels: str = "") -> str:
    """Return a counter's rate, summed over pods, by the given labels."""
    aggregation = f"sum by ({labels}) " if labels else "sum"
    return f"{aggregation}(rate({selected_series(counter)}[{RATE_WINDOW}]))"


def or_zero(expression: str) -> str:
    """Return an expression that is 0 where no event has been counted yet."""
    return f"({expression} or vector(0))"


def quantile(share: float, histogram: str, labels: str = "le") -> str:
    """Return a quantile of a histogram over all pods."""
    return f"histogram_quantile({share:g}, {events_per_second(f'{histogram}_bucket', labels)})"


def age_s(name: str, *matchers: str, labels: str = "") -> str:
    """Return the seconds since the newest of a series of timestamps, by the given labels."""
    aggregation = f"max by ({labels}) " if labels else "max"
    return f"time() - {aggregation}({selected_series(name, *matchers)})"
