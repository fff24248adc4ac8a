"""Latencies: of a release's requests from the prediction log, of all from a server's metrics."""

import math
from collections.abc import Iterable, Mapping

import httpx
import numpy as np
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from homestead.prediction_log.parquet.log import LogConnection
from homestead.prediction_log.tables import PREDICTIONS
from homestead.steps.ui.prometheus import read_latencies
from homestead.steps.ui.sources import Sources
from homestead.ui.views.traffic import LatencyView

_SAMPLE_ROWS = 2000
_METRICS_TIMEOUT_S = 0.5
_HISTOGRAM = "homestead_prediction_duration_seconds"
_SHARES = (0.5, 0.9, 0.99)


def released_latencies(connection: LogConnection, problem: str, start: float) -> list[LatencyView]:
    """Return the latencies of the newest requests in a release, nothing where there are none.

    Args:
        start: of the window, seconds since 1970.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    columns = PREDICTIONS.c
    newest = (
        sa.select(columns.latency_s, columns.row, columns.shadow_of)
        .where(columns.problem == problem, columns.at >= start)
        .order_by(columns.at.desc())
        .limit(_SAMPLE_ROWS)
    )
    values = [
        row.latency_s
        for row in connection.execute(newest)
        if row.row == 0 and row.shadow_of is None and row.latency_s is not None
    ]
    seconds = [value for value in values if math.isfinite(value)]
    if not values:
        return []
    p50, p90, p99 = np.quantile(seconds, _SHARES).tolist() if seconds else (None, None, None)
    source = f"prediction log: requests in a release, of the newest {_SAMPLE_ROWS:,} rows"
    return [LatencyView(source, len(seconds), p50, p90, p99, len(values) - len(seconds))]


def metrics_latencies(sources: Sources, problem: str) -> tuple[list[LatencyView], str]:
    """Return the latencies that a Prometheus, or a server on this machine, tells of.

    Returns:
        The latencies, and why there are none; each may be empty.
    """
    url = sources.settings.prometheus_url
    if url:
        try:
            return read_latencies(url, problem, _SHARES), ""
        except (httpx.HTTPError, ValueError, LookupError) as error:
            return [], f"HOMESTEAD_PROMETHEUS: {url} cannot be read: {error}"
    if not sources.metrics_url:
        return [], ""
    try:
        response = httpx.get(sources.metrics_url, timeout=_METRICS_TIMEOUT_S)
        response.raise_for_status()
        buckets = _buckets(response.text, problem)
    except (httpx.HTTPError, ValueError):
        return [], ""  # most often there is no server here
    count = max(buckets.values(), default=0.0)
    if not count:
        return [], ""
    p50, p90, p99 = (histogram_quantile(share, buckets) for share in _SHARES)
    source = f"{sources.metrics_url}: all requests since the server's start, by its histogram"
    return [LatencyView(source, round(count), p50, p90, p99)], ""


def histogram_quantile(share: float, buckets: Mapping[float, float]) -> float | None:
    """Return a quantile by linear interpolation within its bucket, as Prometheus does.

    Args:
        buckets: cumulative counts by upper edge, the last one infinite.

    Returns:
        The highest finite edge for a quantile above it; None without counts.
    """
    edges = sorted(buckets)
    total = buckets[edges[-1]] if edges else 0.0
    if not total:
        return None
    below_edge, below = 0.0, 0.0
    for edge in edges:
        if buckets[edge] >= share * total:
            if math.isinf(edge):
                return below_edge
            inside = buckets[edge] - below
            part = (share * total - below) / inside if inside else 1.0
            return below_edge + part * (edge - below_edge)
        below_edge, below = edge, buckets[edge]
    return None


def _buckets(text: str, problem: str) -> dict[float, float]:
    """Return the cumulative counts of a problem's requests by upper edge, over all versions."""
    counts: dict[float, float] = {}
    for sample in _samples(text):
        if sample[0].get("model") == problem:
            edge = float(sample[0]["le"])
            counts[edge] = counts.get(edge, 0.0) + sample[1]
    return counts


def _samples(text: str) -> Iterable[tuple[dict[str, str], float]]:
    for family in text_string_to_metric_families(text):
        if family.name == _HISTOGRAM:
            for sample in family.samples:
                if sample.name == f"{_HISTOGRAM}_bucket":
                    yield sample.labels, sample.value
