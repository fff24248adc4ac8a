"""Figures and alerts from a Prometheus, if the settings name one."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import httpx

from homestead.ui.views.traffic import LatencyView
from homestead.ui.views.watching import AlertView

_TIMEOUT_S = 3.0
_STATES = {"firing": "firing", "pending": "pending", "inactive": "quiet"}


def read_latencies(url: str, problem: str, shares: Sequence[float]) -> list[LatencyView]:
    """Return the latencies of the last 30 minutes.

    Args:
        url: of Prometheus.
        shares: the quantiles, three of them.

    Raises:
        httpx.HTTPError, ValueError: it cannot be read.
    """
    name = "homestead_prediction_duration_seconds"
    buckets = f'sum by (le) (increase({name}_bucket{{model="{problem}"}}[30m]))'
    p50, p90, p99 = (_scalar(url, f"histogram_quantile({share}, {buckets})") for share in shares)
    count = _scalar(url, f'sum(increase({name}_count{{model="{problem}"}}[30m]))')
    if count is None:
        return []
    return [LatencyView("Prometheus: all requests of 30 minutes", round(count), p50, p90, p99)]


def read_alerts(url: str, problem: str) -> list[AlertView]:
    """Return all alerts of a problem; one rule may have several that fire.

    Raises:
        httpx.HTTPError, ValueError: it cannot be read.
    """
    groups = _get(url, "/api/v1/rules", type="alert")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    return [alert for rule in rules for alert in _alerts(rule, problem)]


def _alerts(rule: dict[str, Any], problem: str) -> Iterator[AlertView]:
    if not rule["name"].startswith("Homestead") or f'"{problem}"' not in rule["query"]:
        return
    severity = rule.get("labels", {}).get("severity", "")
    if not rule["alerts"]:
        yield AlertView(rule["name"], severity, "quiet", "")
    for alert in rule["alerts"]:
        annotations = alert.get("annotations", {})
        texts = (annotations.get("summary", ""), annotations.get("description", ""))
        state: Any = _STATES.get(alert["state"], "quiet")
        yield AlertView(rule["name"], severity, state, " ".join(filter(None, texts)))


def _scalar(url: str, expression: str) -> float | None:
    """Return the only value of an expression, None if it has none or is no number."""
    result = _get(url, "/api/v1/query", query=expression)["result"]
    value = float(result[0]["value"][1]) if result else math.nan
    return value if math.isfinite(value) else None


def _get(url: str, path: str, **parameters: str) -> Any:
    response = httpx.get(f"{url.rstrip('/')}{path}", params=parameters, timeout=_TIMEOUT_S)
    response.raise_for_status()
    return response.json()["data"]
