"""What the cluster measures: Prometheus, the memory of pods, and the latest drift report."""

import json
from typing import Any
from urllib.parse import quote

from tests.e2e.kubectl import NAMESPACE, kubectl, sql

_PROMETHEUS = "/api/v1/namespaces/monitoring/services/prometheus-operated:9090/proxy"


def query_prometheus(expression: str) -> list[dict[str, Any]]:
    """Return the samples of an instant query."""
    path = f"{_PROMETHEUS}/api/v1/query?query={quote(expression)}"
    return list(json.loads(kubectl("get", "--raw", path))["data"]["result"])


def memory_mb() -> dict[str, int]:
    """Return the working set of each running pod of our namespace."""
    node = json.loads(kubectl("get", "nodes", "-o", "json"))["items"][0]["metadata"]["name"]
    summary = json.loads(kubectl("get", "--raw", f"/api/v1/nodes/{node}/proxy/stats/summary"))
    return {
        pod["podRef"]["name"]: round(pod["memory"]["workingSetBytes"] / 1e6)
        for pod in summary["pods"]
        if pod["podRef"]["namespace"] == NAMESPACE and "workingSetBytes" in pod.get("memory", {})
    }


def drift_report() -> dict[str, Any]:
    """Return the latest row of the table of drift reports."""
    row = sql("homestead", "select row_to_json(d) from drift_reports d order by at desc limit 1")
    return dict(json.loads(row[0]))
