"""The problems on a cluster: their release plans, ready servers and firing alerts."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from homestead.deployment.kubectl import kubectl
from homestead.deployment.labels import (
    NAME_ANNOTATION,
    PROBLEM_LABEL,
    all_problems_selector,
)
from homestead.deployment.server_pod import SERVER_NAME
from homestead.errors import UserError
from homestead.names import RELEASE_PLAN_FILE, release_config_map

# The service that the Prometheus Operator makes for each Prometheus.
_PROMETHEUS_SELECTOR = "operated-prometheus=true"
_FIRING = 'ALERTS{alertstate="firing",model!=""}'


@dataclass(frozen=True)
class DeployedProblem:
    """A problem on a cluster.

    Attributes:
        plan: text of its release plan, '' before the first release.
        ready_servers, servers: pods that are ready, and all of them.
        alerts: names of the alerts that fire; None if no Prometheus answers.
    """

    name: str
    namespace: str
    plan: str
    ready_servers: int
    servers: int
    alerts: tuple[str, ...] | None


def deployed_problems(namespace: str = "") -> list[DeployedProblem]:
    """Return the problems of a namespace, or of all namespaces, by namespace and name.

    Raises:
        UserError: no cluster answers, or it refuses.
    """
    scope = ("-n", namespace) if namespace else ("--all-namespaces",)
    config_maps = _items("get", "configmaps", "-l", all_problems_selector(), *scope)
    labels = f"app.kubernetes.io/name={SERVER_NAME},{PROBLEM_LABEL}"
    pods = _items("get", "pods", "-l", labels, *scope)
    all_pods = Counter(_owner(pod) for pod in pods)
    ready_pods = Counter(_owner(pod) for pod in pods if _is_ready(pod))
    firing = _firing_alerts()
    found = []
    for item in config_maps:
        metadata = item["metadata"]
        name = metadata.get("annotations", {}).get(NAME_ANNOTATION, "")
        if metadata["name"] != release_config_map(name):
            continue
        owner = _owner(item)
        found.append(
            DeployedProblem(
                name,
                metadata["namespace"],
                item.get("data", {}).get(RELEASE_PLAN_FILE, ""),
                ready_pods[owner],
                all_pods[owner],
                None if firing is None else _alerts_of(firing, name, metadata["namespace"]),
            )
        )
    return sorted(found, key=lambda problem: (problem.namespace, problem.name))


def _owner(item: dict[str, Any]) -> tuple[str, str]:
    """Return namespace and label of the problem that an object belongs to."""
    return item["metadata"]["namespace"], item["metadata"]["labels"][PROBLEM_LABEL]


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _firing_alerts() -> list[dict[str, str]] | None:
    """Return the labels of each alert that fires, read through the cluster's API server."""
    try:
        services = _items("get", "services", "-l", _PROMETHEUS_SELECTOR, "--all-namespaces")
        if not services:
            return None
        metadata = services[0]["metadata"]
        path = (
            f"/api/v1/namespaces/{metadata['namespace']}/services/{metadata['name']}:9090/proxy"
            f"/api/v1/query?query={quote(_FIRING)}"
        )
        samples = json.loads(kubectl("get", "--raw", path))["data"]["result"]
    except (UserError, ValueError, TypeError, KeyError):
        # Whoever may see problems need not be allowed to see Prometheus.
        return None
    return [sample["metric"] for sample in samples]


def _alerts_of(firing: list[dict[str, str]], problem: str, namespace: str) -> tuple[str, ...]:
    names = {
        labels["alertname"]
        for labels in firing
        if labels.get("model") == problem and labels.get("namespace", namespace) == namespace
    }
    return tuple(sorted(names))


def _items(*arguments: str) -> list[dict[str, Any]]:
    return list(json.loads(kubectl(*arguments, "-o", "json"))["items"])
