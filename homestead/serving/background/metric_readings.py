"""Gauge values that the worker process sends to the server, one JSON line for each update."""

import json
import math
from collections.abc import Iterable
from typing import NamedTuple

from homestead.serving.metric_registry import ServerMetrics


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


def encode_readings(readings: Iterable[GaugeReading]) -> str:
    """Return readings as a line of JSON, without its line break."""
    return json.dumps(list(readings))


def set_gauges(metrics: ServerMetrics, problem: str, line: str) -> None:
    """Set the gauges of a line that :func:`encode_readings` wrote."""
    for name, labels, value in json.loads(line):
        metrics.gauge(name, problem, *labels).set(math.nan if value is None else value)
