"""PromQL over the model that a viewer has chosen in a dashboard."""

from homestead.monitoring.promql import series

_CHOSEN = ('namespace=~"$namespace"', 'model="$model"')
WINDOW = "$__rate_interval"


def of(name: str, *matchers: str) -> str:
    """A table's series of the chosen model."""
    return series(name, *_CHOSEN, *matchers)


def worst(recorded: str) -> str:
    """A recorded figure of the chosen model; of several namespaces the largest."""
    return f"max({recorded}{{{', '.join(_CHOSEN)}}})"


def per_second(name: str, by: str = "") -> str:
    """A counter's events per second, over all pods."""
    grouped = f"sum by ({by}) " if by else "sum"
    return f"{grouped}(rate({of(name)}[{WINDOW}]))"


def quantile(share: float, histogram: str, by: str = "le") -> str:
    """A quantile of a histogram, over all pods."""
    return f"histogram_quantile({share:g}, {per_second(f'{histogram}_bucket', by)})"


def age(name: str, *matchers: str, by: str = "") -> str:
    """Seconds since the newest of a time stamp."""
    grouped = f"max by ({by}) " if by else "max"
    return f"time() - {grouped}({of(name, *matchers)})"
