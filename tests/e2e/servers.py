"""The servers on the cluster, whether the Seldon operator creates them or this test does."""

import json
import os
import time
from typing import Any

import yaml

from homestead.deployment.server_pod import SERVER_IMAGE, pod_template, server_labels
from homestead.names import HTTP_PORT, object_name, release_config_map
from tests.e2e.kubectl import (
    NAMESPACE,
    PROBLEM,
    SERVICE,
    get_object,
    has_kind,
    kubectl,
    service_name,
    wait_for,
)

# Runs in the container: kill -9 of the process that serves, which is not process 1.
_KILL_SERVER = """
import os, pathlib
for process in pathlib.Path('/proc').glob('[0-9]*'):
    try: words = (process / 'cmdline').read_bytes().split(b'\\0')
    except OSError: continue
    if words[1:4] == [b'-m', b'homestead', b'serve']: os.kill(int(process.name), 9)
"""


def has_seldon_operator() -> bool:
    """Return whether a Seldon operator is installed, which must have handled our object."""
    if not has_kind("machinelearning.seldon.io", "SeldonDeployment"):
        return False
    wait_for("the Seldon operator's answer", lambda: seldon_status().get("state"), 60)
    return True


def seldon_status(problem: str = PROBLEM) -> dict[str, Any]:
    """Return the status of the SeldonDeployment."""
    return dict(get_object("sdep", object_name(problem)).get("status", {}))


def is_available() -> bool:
    """Return whether the operator reports the servers as available."""
    return seldon_status().get("state") == "Available"


def start_servers(problem: str = PROBLEM, replicas: int = 2) -> str:
    """Start the servers of a problem and return who created them.

    Without a Seldon operator a Deployment of the same pod template takes its place.
    """
    if has_seldon_operator():
        # They have waited for the release since they were deployed.
        sync_release([pod["metadata"]["name"] for pod in server_pods(problem)])
        return "the Seldon operator"
    workload = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": service_name(problem), "namespace": NAMESPACE},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": server_labels(problem)},
            "template": pod_template(problem, serving_image()),
        },
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": service_name(problem), "namespace": NAMESPACE},
        "spec": {
            "selector": server_labels(problem),
            "ports": [{"name": "http", "port": HTTP_PORT, "targetPort": HTTP_PORT}],
        },
    }
    kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all([workload, service]))
    return "a Deployment of the test, from the SeldonDeployment's pod template (no Seldon operator)"


def serving_image() -> str:
    """Return the image of the servers, which clients use as well."""
    return os.environ.get("HOMESTEAD_SERVING_IMAGE", SERVER_IMAGE)


def server_pods(problem: str = PROBLEM) -> list[dict[str, Any]]:
    """Return the server pods of a problem that are not terminating."""
    selector = ",".join(f"{key}={value}" for key, value in server_labels(problem).items())
    pods = get_object("pods", "-l", selector)["items"]
    return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]


def ready_servers(problem: str = PROBLEM) -> list[str]:
    """Return the names of the server pods of a problem that are ready."""
    return [
        pod["metadata"]["name"]
        for pod in server_pods(problem)
        if any(
            condition["type"] == "Ready" and condition["status"] == "True"
            for condition in pod["status"].get("conditions", [])
        )
    ]


def restart_servers() -> None:
    """Start a rolling update to the same image, as docs/how-to/kubernetes.md says."""
    if has_seldon_operator():
        patch = {"spec": {"annotations": {"homestead/restarted": f"{time.time():.0f}"}}}
        name = object_name(PROBLEM)
        kubectl("patch", "sdep", name, "-n", NAMESPACE, "--type=merge", "-p", json.dumps(patch))
    else:
        kubectl("rollout", "restart", f"deployment/{SERVICE}", "-n", NAMESPACE)


def kill_server(pod: str) -> None:
    """Send SIGKILL to the server process in a pod."""
    container = object_name(PROBLEM)
    kubectl("exec", pod, "-n", NAMESPACE, "-c", container, "--", "python", "-c", _KILL_SERVER)


def sync_release(pods: list[str]) -> None:
    """Make the kubelet sync the release plan at once instead of within a minute."""
    for pod in pods:
        kubectl(
            *("annotate", "pod", pod, "-n", NAMESPACE, "--overwrite"),
            f"homestead/seen={time.time()}",
        )


def release_plan(problem: str = PROBLEM) -> dict[str, Any] | None:
    """Return the release plan of a problem, or None before the first release."""
    config_map = get_object("configmap", release_config_map(problem))
    text = config_map.get("data", {}).get("plan.json")
    return json.loads(text) if text else None


def missing_fields(expected: Any, actual: Any, path: str = "") -> list[str]:
    """Return the paths of what a cluster's object lacks; it may have more than expected.

    Items of lists are compared by their names, if they have one.
    """
    if isinstance(expected, dict) and isinstance(actual, dict):
        return [
            missing
            for key in expected
            for missing in missing_fields(expected[key], actual.get(key), f"{path}.{key}")
        ]
    if isinstance(expected, list) and all(
        isinstance(item, dict) and "name" in item for item in expected
    ):
        actual_by_name = {item["name"]: item for item in actual or []}
        return [
            missing
            for item in expected
            for missing in missing_fields(
                item, actual_by_name.get(item["name"]), f"{path}.{item['name']}"
            )
        ]
    return [] if expected == actual else [f"{path}: expected {expected}, found {actual}"]
