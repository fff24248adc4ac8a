"""Clients in pods of their own, in a namespace that may reach the servers."""

import json
import time
from typing import Any

import yaml

from homestead.names import HTTP_PORT, USER_ID
from tests.e2e.kubectl import (
    CLIENT_NAMESPACE,
    NAMESPACE,
    ROOT,
    SERVICE,
    finish_job,
    kubectl,
    wait_for,
)
from tests.e2e.servers import serving_image

# Makes the ids of this run's requests unique.
_RUN_ID = f"{time.time_ns():x}"


def start_client(name: str, bodies: list[dict[str, Any]], **options: Any) -> None:
    """Start a Job that sends requests; it returns once its pod runs.

    Args:
        name: name of the Job and prefix of the request ids.
        bodies: request bodies, which are sent in turn.
        **options: options of ``client.py`` that differ from the defaults below.
    """
    plan = {
        "host": f"{SERVICE}.{NAMESPACE}:{HTTP_PORT}",
        "path": "/predict",
        "seconds": 30,
        "connections": 4,
        "pause": 0.02,
        "prefix": f"{name}-{_RUN_ID}",
        "bodies": bodies,
        **options,
    }
    metadata = {"name": name, "namespace": CLIENT_NAMESPACE}
    config_map = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata,
        "data": {
            "client.py": (ROOT / "tests" / "e2e" / "client.py").read_text(),
            "plan.json": json.dumps(plan),
        },
    }
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata,
        "spec": {"backoffLimit": 0, "template": {"spec": _pod(name)}},
    }
    kubectl("apply", "--server-side", "-f", "-", stdin=yaml.safe_dump_all([config_map, job]))
    wait_for(f"client {name}", lambda: _has_started(name), 60, 0.3)


def stop_client(name: str) -> None:
    """Let a client end before its time."""
    selector = ("-n", CLIENT_NAMESPACE, "-l", f"job-name={name}", "-o", "name")
    (pod,) = kubectl("get", "pods", *selector).split()
    kubectl("exec", "-n", CLIENT_NAMESPACE, pod, "--", "touch", "/stop/now")


def client_result(name: str, seconds: float = 180) -> dict[str, Any]:
    """Wait for a client to finish and return its result."""
    log = finish_job(name, seconds, CLIENT_NAMESPACE)
    return dict(json.loads(log.partition("RESULT ")[2]))


def _pod(config_map: str) -> dict[str, Any]:
    container = {
        "name": "client",
        "image": serving_image(),
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "/e2e/client.py"],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
        "volumeMounts": [
            {"name": "e2e", "mountPath": "/e2e"},
            {"name": "stop", "mountPath": "/stop"},
        ],
    }
    return {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER_ID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [
            {"name": "e2e", "configMap": {"name": config_map}},
            {"name": "stop", "emptyDir": {"sizeLimit": "1Mi"}},
        ],
    }


def _has_started(name: str) -> bool:
    phases = kubectl(
        *("get", "pods", "-n", CLIENT_NAMESPACE, "-l", f"job-name={name}"),
        *("-o", "jsonpath={.items[*].status.phase}"),
    )
    return "Running" in phases or "Succeeded" in phases
