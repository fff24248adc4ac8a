"""The pod in which a problem's server runs, whatever workload makes it."""

from typing import Any

from homestead import __version__
from homestead.names import HTTP_PORT, METRICS_PORT, USER_ID, object_name, release_config_map

NAME = "homestead-server"
IMAGE = f"homestead-serving:{__version__}"
HOME = "/var/lib/homestead"
# The time that a pod's address takes to leave every client's and proxy's list.
_LEAVE_S = 5
_GRACE_S = 40


def labels(problem: str) -> dict[str, str]:
    """What selects a problem's server pods."""
    return {
        "app.kubernetes.io/name": NAME,
        "app.kubernetes.io/instance": object_name(problem),
        "app.kubernetes.io/part-of": "homestead",
    }


def pod_template(problem: str, image: str = IMAGE) -> dict[str, Any]:
    """The server's pod, for a SeldonDeployment or any other workload.

    The first container waits until there is a release, so that a pod that comes before the first
    model does not restart in vain.
    """
    container = _container(problem, image)
    waiting = {
        "name": "await-release",
        "args": ["await-release"],
        "resources": _resources("50m", "128Mi", "500m", "256Mi"),
        **{
            key: container[key]
            for key in ("image", "imagePullPolicy", "env", "volumeMounts", "securityContext")
        },
    }
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": labels(problem)},
    }
    return {
        "metadata": {"labels": labels(problem)},
        "spec": {
            "serviceAccountName": NAME,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            # The pause process is the first one: it reaps what the server's helpers leave.
            "shareProcessNamespace": True,
            "terminationGracePeriodSeconds": _GRACE_S,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER_ID,
                "runAsGroup": USER_ID,
                "fsGroup": USER_ID,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "topologySpreadConstraints": [spread],
            "initContainers": [waiting],
            "containers": [container],
            "volumes": [
                # The spool: what is answered and not yet in the prediction log survives a killed
                # process in it.
                {"name": "home", "emptyDir": {"sizeLimit": "1Gi"}},
                {"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}},
                {"name": "release", "configMap": {"name": release_config_map(problem)}},
            ],
        },
    }


def _container(problem: str, image: str) -> dict[str, Any]:
    def probe(path: str, period: int, failures: int, timeout: int = 2) -> dict[str, Any]:
        return {
            "httpGet": {"path": path, "port": HTTP_PORT, "scheme": "HTTP"},
            "periodSeconds": period,
            "timeoutSeconds": timeout,
            "failureThreshold": failures,
            "successThreshold": 1,
        }

    return {
        "name": object_name(problem),
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": ["serve", "--host", "0.0.0.0"],  # noqa: S104
        "env": [
            {"name": "HOMESTEAD_PROBLEM", "value": f"/app/problems/{problem}.yaml"},
            {"name": "HOMESTEAD_HOME", "value": HOME},
            _secret("HOMESTEAD_DATABASE_URL", "homestead-database", "homestead-url"),
            _secret("HOMESTEAD_FEAST_REGISTRY", "homestead-database", "feast-url"),
            _secret("HOMESTEAD_REDIS", "homestead-redis", "url"),
            _secret("HOMESTEAD_LOG_KEY", "homestead-log", "key"),
            # Where CPUs are shared, a late answer is better than a refusal.
            {"name": "HOMESTEAD_LOOKUP_MS", "value": "500"},
            _secret("AWS_ACCESS_KEY_ID", "homestead-s3-reader", "access-key"),
            _secret("AWS_SECRET_ACCESS_KEY", "homestead-s3-reader", "secret-key"),
            _setting("AWS_ENDPOINT_URL"),
            _setting("AWS_DEFAULT_REGION"),
        ],
        "ports": [
            {"name": "http", "containerPort": HTTP_PORT, "protocol": "TCP"},
            {"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"},
        ],
        # Ready some 3 s after its start; the operator's own probes would wait 20 s.
        "startupProbe": probe("/health/ping", 1, 60),
        "readinessProbe": probe("/health/status", 2, 2),
        # A busy node must not look like a dead process.
        "livenessProbe": probe("/health/ping", 10, 3, timeout=10),
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", str(_LEAVE_S)]}}},
        "resources": _resources("100m", "384Mi", "1", "768Mi"),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "home", "mountPath": HOME},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108
            {"name": "release", "mountPath": f"{HOME}/release/{problem}", "readOnly": True},
        ],
    }


def _resources(cpu: str, memory: str, cpu_limit: str, memory_limit: str) -> dict[str, Any]:
    return {
        "requests": {"cpu": cpu, "memory": memory},
        "limits": {"cpu": cpu_limit, "memory": memory_limit},
    }


def _secret(variable: str, name: str, key: str) -> dict[str, Any]:
    return {"name": variable, "valueFrom": {"secretKeyRef": {"name": name, "key": key}}}


def _setting(variable: str) -> dict[str, Any]:
    reference = {"name": "homestead-settings", "key": variable}
    return {"name": variable, "valueFrom": {"configMapKeyRef": reference}}
