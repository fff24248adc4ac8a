"""Ports that take what others tell about a problem: labels, and alerts of Alertmanager."""

from dataclasses import dataclass
from typing import Any

from homestead.deployment.labels import PART_OF, problem_labels
from homestead.deployment.manifests import Manifest
from homestead.deployment.pod_environment import (
    ALERTS_SECRETS,
    INTAKE_STORES,
    LABELS_SECRETS,
    LOG_SECRETS,
    LOG_SETTING,
    SecretVariables,
    secret_variables,
    setting_variables,
    store_labels,
    store_secrets,
)
from homestead.deployment.pods.problem_mount import PROBLEM_MOUNT, PROBLEM_VARIABLE, problem_volume
from homestead.deployment.pods.security import container_security, pod_security
from homestead.deployment.problems.jobs import PIPELINE_IMAGE
from homestead.deployment.server_pod import HOME_PATH, resources
from homestead.names import ALERTS_PORT, LABELS_PORT, derived_name, object_name


@dataclass(frozen=True)
class Intake:
    """A command of ours that answers requests of one kind, each with a token.

    Attributes:
        name: its objects' names begin with it, and its account is found by it. Network policies
            select its pods by ``homestead-<name>``.
        command: of ``homestead``.
        port: that it listens on.
        live, ready: paths that answer while the process does, and while it can take requests.
        secrets: its token, and other variables from Secrets beside its account.
        memory: that it requests, and its limit.
        settings: that it reads.
    """

    name: str
    command: tuple[str, ...]
    port: int
    live: str
    ready: str
    secrets: SecretVariables
    memory: tuple[str, str]
    settings: tuple[str, ...] = ()


LABELS = Intake(
    *("labels", ("labels", "serve"), LABELS_PORT, "/health/live", "/health/ready"),
    # Keys of the problem's rows may be hashed in the log.
    secrets=LABELS_SECRETS | LOG_SECRETS,
    memory=("256Mi", "768Mi"),
    # Labels are joined to predictions.
    settings=(LOG_SETTING,),
)
ALERTS = Intake(
    *("alerts", ("retrain", "serve"), ALERTS_PORT, "/healthz", "/healthz"),
    secrets=ALERTS_SECRETS,
    memory=("192Mi", "384Mi"),
)


def intake_name(intake: Intake, problem: str) -> str:
    """Return the name of an intake's service, such as ``labels-house-price``."""
    return derived_name(f"{intake.name}-", problem)


def intake_objects(problem: str, *, takes_alerts: bool) -> list[Manifest]:
    """Return the ports of a problem: for labels, and for alerts if they may be causes."""
    intakes = [LABELS, *([ALERTS] if takes_alerts else [])]
    return [document for intake in intakes for document in _objects(intake, problem)]


def _objects(intake: Intake, problem: str) -> list[Manifest]:
    name = intake_name(intake, problem)
    selector = {
        "app.kubernetes.io/name": f"homestead-{intake.name}",
        "app.kubernetes.io/instance": object_name(problem),
        **PART_OF,
    }
    labels = selector | problem_labels(problem) | store_labels(INTAKE_STORES[intake.name])
    return [
        # Without any right, and without a token of it in the pod.
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": name},
            "automountServiceAccountToken": False,
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name},
            "spec": {
                "selector": selector,
                "ports": [{"name": "http", "port": intake.port, "targetPort": "http"}],
            },
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name},
            "spec": {
                "replicas": 1,
                "selector": {"matchLabels": selector},
                "template": {"metadata": {"labels": labels}, "spec": _pod(intake, problem)},
            },
        },
    ]


def _pod(intake: Intake, problem: str) -> dict[str, Any]:
    request, limit = intake.memory
    container = {
        "name": intake.name,
        "image": PIPELINE_IMAGE,
        "args": [*intake.command, "--host", "0.0.0.0", "--port", str(intake.port)],  # noqa: S104
        "env": [
            PROBLEM_VARIABLE,
            {"name": "HOMESTEAD_HOME", "value": HOME_PATH},
            *store_secrets(INTAKE_STORES[intake.name]),
            *secret_variables(intake.secrets),
            *setting_variables(intake.settings),
        ],
        "ports": [{"name": "http", "containerPort": intake.port}],
        # At the first deployment it waits for the database and its tables.
        "startupProbe": _probe(intake.ready, period_s=2, failures=90),
        "readinessProbe": _probe(intake.ready, period_s=5, failures=3),
        "livenessProbe": _probe(intake.live, period_s=15, failures=6),
        "resources": resources("25m", request, "1", limit),
        "securityContext": container_security(),
        "volumeMounts": [
            {"name": "home", "mountPath": HOME_PATH},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108
            PROBLEM_MOUNT,
        ],
    }
    return {
        "serviceAccountName": intake_name(intake, problem),
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": pod_security(),
        "containers": [container],
        "volumes": [
            {"name": "home", "emptyDir": {"sizeLimit": "64Mi"}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}},
            problem_volume(problem),
        ],
    }


def _probe(path: str, period_s: int, failures: int) -> dict[str, Any]:
    return {
        "httpGet": {"path": path, "port": "http"},
        "periodSeconds": period_s,
        # A large batch of labels is stored before the next request is answered.
        "timeoutSeconds": 10,
        "failureThreshold": failures,
    }
