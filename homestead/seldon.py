"""All that knows of Seldon Core v1: the SeldonDeployment of a problem, and the operator's rules.

The container is our own server, so nothing of Seldon runs inside it. By default there is no
executor in front of it either (docs/adr/0021).
"""

from typing import Any, Literal

from homestead import __version__
from homestead.errors import UserError

Protocol = Literal["seldon", "v2"]
API_VERSION = "machinelearning.seldon.io/v1"
NAME = "homestead-server"
IMAGE = f"homestead-serving:{__version__}"
PORT, METRICS_PORT = 9000, 6000
PREDICTOR = "default"
NO_ENGINE = "seldon.io/no-engine"
HOME = "/var/lib/homestead"
# The time that a pod's address takes to leave every client's and proxy's list.
_LEAVE_S = 5
_GRACE_S = 40


def object_name(problem: str) -> str:
    """A problem's name as Kubernetes writes names."""
    return problem.replace("_", "-")


def release_name(problem: str) -> str:
    """The ConfigMap that holds a problem's release plan."""
    return f"release-{object_name(problem)}"


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
                "runAsUser": 65532,
                "runAsGroup": 65532,
                "fsGroup": 65532,
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
                {"name": "release", "configMap": {"name": release_name(problem)}},
            ],
        },
    }


def _container(problem: str, image: str) -> dict[str, Any]:
    def probe(path: str, period: int, failures: int, timeout: int = 2) -> dict[str, Any]:
        return {
            "httpGet": {"path": path, "port": PORT, "scheme": "HTTP"},
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
            _secret("AWS_ACCESS_KEY_ID", "homestead-s3-reader", "access-key"),
            _secret("AWS_SECRET_ACCESS_KEY", "homestead-s3-reader", "secret-key"),
            _setting("AWS_ENDPOINT_URL"),
            _setting("AWS_DEFAULT_REGION"),
        ],
        "ports": [
            {"name": "http", "containerPort": PORT, "protocol": "TCP"},
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


def seldon_deployment(
    problem: str,
    image: str = IMAGE,
    protocol: Protocol = "seldon",
    executor: bool = False,
    replicas: tuple[int, int] = (2, 4),
) -> dict[str, Any]:
    """The SeldonDeployment that serves a problem.

    Args:
        executor: put Seldon's executor in front of the server. Its pod can't meet Pod Security
            ``restricted``, and it refuses requests in each rolling update.
        replicas: fewest and most; between them the autoscaler decides by CPU.

    Raises:
        UserError: the operator would refuse it.
    """
    name, pod = object_name(problem), pod_template(problem, image)
    cpu = {"name": "cpu", "targetAverageUtilization": 70}
    component = {
        **pod,
        "hpaSpec": {
            "minReplicas": replicas[0],
            "maxReplicas": replicas[1],
            "metrics": [{"type": "Resource", "resource": cpu}],
        },
    }
    predictor: dict[str, Any] = {
        "name": PREDICTOR,
        # Here and not in spec.annotations, where the operator does not look.
        "annotations": {} if executor else {NO_ENGINE: "true"},
        "graph": {"name": name, "type": "MODEL", "children": []},
        "componentSpecs": [component],
    }
    found = {
        "apiVersion": API_VERSION,
        "kind": "SeldonDeployment",
        "metadata": {"name": name, "labels": labels(problem)},
        "spec": {"name": name, "protocol": protocol, "predictors": [predictor]},
    }
    if wrong := faults(found):
        raise UserError("\n".join(wrong))
    return found


def faults(deployment: dict[str, Any]) -> list[str]:
    """What Seldon's operator (1.17.1) would refuse or, worse, take without an effect.

    Source: ``ValidateSeldonDeployment`` of the operator's webhook, and what was seen on a cluster.
    """
    name, spec = deployment["metadata"]["name"], deployment["spec"]
    where = f"SeldonDeployment {name}"
    found = []
    if spec.get("protocol", "seldon") not in ("seldon", "v2", "tensorflow"):
        found.append(f"{where}: protocol: found {spec['protocol']}, allowed are seldon, v2")
    if NO_ENGINE in spec.get("annotations", {}):
        found.append(f"{where}: {NO_ENGINE} has no effect in spec.annotations; the predictor's")
    predictors = spec.get("predictors", [])
    if not predictors:
        found.append(f"{where}: no predictors")
    names = [predictor.get("name", "") for predictor in predictors]
    if len(set(names)) < len(names):
        found.append(f"{where}: two predictors have one name: {', '.join(names)}")
    shares = [p.get("traffic", 0) for p in predictors if not p.get("shadow")]
    if (len(shares) > 1 and sum(shares) != 100) or (len(shares) == 1 and shares[0] not in (0, 100)):
        found.append(f"{where}: traffic: found {sum(shares)} in all, allowed is 100")
    for predictor in predictors:
        found += _predictor_faults(f"{where}, predictor {predictor.get('name')}", name, predictor)
    return found


def _predictor_faults(where: str, name: str, predictor: dict[str, Any]) -> list[str]:
    found = []
    service = f"{name}-{predictor.get('name')}"
    if len(service) > 63:
        found.append(f"{where}: its service {service} has {len(service)} letters, allowed are 63")
    containers = {
        container["name"]: container
        for component in predictor.get("componentSpecs", [])
        for container in component["spec"]["containers"]
    }
    nodes = list(_nodes(predictor["graph"]))
    if NO_ENGINE in predictor.get("annotations", {}) and len(nodes) > 1:
        found.append(f"{where}: without the executor the graph may have one node")
    for node in nodes:
        container = containers.get(node["name"])
        if container is None:
            known = ", ".join(containers) or "none"
            found.append(f"{where}: graph node {node['name']} has no container; found {known}")
            continue
        if node.get("type", "UNKNOWN_TYPE") == "UNKNOWN_TYPE" and not node.get("methods"):
            found.append(f"{where}: graph node {node['name']} has neither type nor methods")
        ports = {port.get("name"): port["containerPort"] for port in container.get("ports", [])}
        found += [
            f"{where}: container {node['name']} has no port named {needed}"
            for needed in ("http", "metrics")
            if needed not in ports
        ]
        found += [
            f"{where}: container {node['name']} has no {probe}: the operator's waits 20 s"
            for probe in ("livenessProbe", "readinessProbe")
            if probe not in container
        ]
    return found


def _nodes(node: dict[str, Any]) -> Any:
    yield node
    for child in node.get("children", []):
        yield from _nodes(child)


def serving_files(problem: str) -> dict[str, str]:
    """The generated manifest of a problem's servers: text by path."""
    import yaml

    text = yaml.safe_dump(seldon_deployment(problem), sort_keys=False, width=120)
    return {"manifests/base/serving/seldondeployment.yaml": f"# Generated: make compile\n{text}"}
