"""What the worker process tells the server, as one line of JSON each time."""

import math
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from homestead.prediction_log.shipping_status import ShippingStatus
from homestead.serving.metrics.metric_registry import ServerMetrics


class GaugeReading(NamedTuple):
    """The value of one gauge.

    Attributes:
        name: the gauge's name in the metric catalog.
        labels: values of its labels, without the first one, ``model``.
        value: None if it is unknown, which is exposed as NaN. A gauge that was never read is not
            exposed at all.
    """

    name: str
    labels: tuple[str, ...]
    value: float | None


class WorkerReport(msgspec.Struct):
    """What has changed since the worker's last report.

    Attributes:
        readings: gauges with a new value.
        shipping: the present state of shipping.
    """

    readings: list[GaugeReading]
    shipping: ShippingStatus


def set_gauges(metrics: ServerMetrics, problem: str, readings: Iterable[GaugeReading]) -> None:
    """Set gauges to the values that were read."""
    for name, labels, value in readings:
        metrics.gauge(name, problem, *labels).set(math.nan if value is None else value)
