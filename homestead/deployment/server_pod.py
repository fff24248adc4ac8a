"""Pod template of a problem's server, for any kind of workload."""

from typing import Any

from homestead import __version__
from homestead.deployment.labels import problem_labels
from homestead.deployment.pod_environment import (
    FEEDBACK_SECRETS,
    LOG_SECRETS,
    LOG_SETTING,
    SERVER_STORES,
    secret_variables,
    setting_variables,
    store_labels,
    store_variables,
)
from homestead.deployment.pods.api_token import TOKEN_MOUNT, token_volume
from homestead.deployment.pods.keys import VERIFY_KEYS
from homestead.deployment.pods.problem_mount import PROBLEM_MOUNT, PROBLEM_VARIABLE, problem_volume
from homestead.deployment.pods.security import container_security, pod_security
from homestead.names import (
    HTTP_PORT,
    POD_METRICS_PORT,
    derived_name,
    object_name,
    release_config_map,
)

SERVER_NAME = "homestead-server"
SERVER_COMMAND = "serve"
SERVER_IMAGE = f"homestead-serving:{__version__}"
HOME_PATH = "/var/lib/homestead"
# What the scheduler reserves, in thousandths of a core: enough for a thousand requests a second.
CPU_REQUEST_M = 250
MODELS_PATH = "/var/lib/homestead-models"
# Kubernetes evicts a pod whose volume exceeds its limit and deletes the volume, so that the spool
# must stay below it by itself, with room for Feast's files.
_HOME_MB = 1024
SPOOL_MB = 768
# Time until every client and proxy has removed the address of a terminating pod.
_ENDPOINT_REMOVAL_S = 5
# HOMESTEAD_FINISH_S. With the wait above and the drain it fits the grace period. Rows that are
# not shipped in this time would be lost with the pod's spool.
_FINISH_S = 28
_GRACE_PERIOD_S = 40


def server_labels(problem: str) -> dict[str, str]:
    """Return the labels that select a problem's server pods."""
    return {
        "app.kubernetes.io/name": SERVER_NAME,
        "app.kubernetes.io/instance": object_name(problem),
        "app.kubernetes.io/part-of": "homestead",
    }


def server_account(problem: str) -> str:
    """Return the name of the service account that may read a problem's release plan."""
    return derived_name("server-", problem)


def pod_template(problem: str, image: str = SERVER_IMAGE) -> dict[str, Any]:
    """Return the pod template of a problem's server.

    The server waits for the first release, and for a model that cannot be read, without ending: a
    process that ends would be started again after longer and longer pauses.
    """
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": server_labels(problem)},
    }
    return {
        "metadata": {
            "labels": server_labels(problem) | problem_labels(problem) | store_labels(SERVER_STORES)
        },
        "spec": {
            "serviceAccountName": server_account(problem),
            # The server's container alone gets a token.
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            # Process 1 is then the pause process, which reaps orphans of the server's worker.
            "shareProcessNamespace": True,
            "terminationGracePeriodSeconds": _GRACE_PERIOD_S,
            "securityContext": pod_security(),
            "topologySpreadConstraints": [spread],
            "containers": [_server_container(problem, image)],
            "volumes": [
                # Holds the spool: answered requests that are not in the prediction log yet
                # survive a killed process here.
                {"name": "home", "emptyDir": {"sizeLimit": f"{_HOME_MB}Mi"}},
                # Holds copies of the released models, for restarts while S3 is away. They must not
                # take the spool's space.
                {"name": "models", "emptyDir": {"sizeLimit": "1Gi"}},
                {"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}},
                {"name": "release", "configMap": {"name": release_config_map(problem)}},
                problem_volume(problem),
                token_volume(),
                VERIFY_KEYS.volume,
            ],
        },
    }


def _server_container(problem: str, image: str) -> dict[str, Any]:
    return {
        "name": object_name(problem),
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": [
            *(SERVER_COMMAND, "--wait", "--host", "0.0.0.0"),  # noqa: S104
            *("--metrics-port", str(POD_METRICS_PORT)),
        ],
        "env": _environment(problem),
        "ports": [
            {"name": "http", "containerPort": HTTP_PORT, "protocol": "TCP"},
            {"name": "metrics", "containerPort": POD_METRICS_PORT, "protocol": "TCP"},
        ],
        # The server is ready about 3 s after its start; the operator's own probes wait 20 s.
        "startupProbe": _http_probe("/health/ping", period_s=1, failures=60),
        "readinessProbe": _http_probe("/health/status", period_s=2, failures=2),
        # A long timeout, so that a slow answer on a busy node does not restart the server.
        "livenessProbe": _http_probe("/health/ping", period_s=10, failures=3, timeout_s=10),
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", str(_ENDPOINT_REMOVAL_S)]}}},
        "resources": resources(f"{CPU_REQUEST_M}m", "384Mi", "1", "768Mi"),
        "securityContext": container_security(),
        "volumeMounts": [
            {"name": "home", "mountPath": HOME_PATH},
            {"name": "models", "mountPath": MODELS_PATH},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108
            {"name": "release", "mountPath": f"{HOME_PATH}/release/{problem}", "readOnly": True},
            PROBLEM_MOUNT,
            TOKEN_MOUNT,
            VERIFY_KEYS.mount,
        ],
    }


def _environment(problem: str) -> list[dict[str, Any]]:
    return [
        PROBLEM_VARIABLE,
        {"name": "HOMESTEAD_HOME", "value": HOME_PATH},
        {"name": "HOMESTEAD_MODEL_CACHE", "value": MODELS_PATH},
        {"name": "HOMESTEAD_SPOOL_MB", "value": str(SPOOL_MB)},
        *store_variables(SERVER_STORES),
        *setting_variables((VERIFY_KEYS.variable, LOG_SETTING)),
        *secret_variables(LOG_SECRETS),
        *secret_variables(FEEDBACK_SECRETS, optional=True),
        # On shared CPUs a late answer is better than a 503.
        {"name": "HOMESTEAD_LOOKUP_MS", "value": "500"},
        {"name": "HOMESTEAD_FINISH_S", "value": str(_FINISH_S)},
    ]


def _http_probe(path: str, period_s: int, failures: int, timeout_s: int = 2) -> dict[str, Any]:
    return {
        "httpGet": {"path": path, "port": HTTP_PORT, "scheme": "HTTP"},
        "periodSeconds": period_s,
        "timeoutSeconds": timeout_s,
        "failureThreshold": failures,
        "successThreshold": 1,
    }


def resources(cpu: str, memory: str, cpu_limit: str, memory_limit: str) -> dict[str, Any]:
    """Return requests and limits of a container."""
    return {
        "requests": {"cpu": cpu, "memory": memory},
        "limits": {"cpu": cpu_limit, "memory": memory_limit},
    }
