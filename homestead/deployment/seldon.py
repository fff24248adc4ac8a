"""Everything that knows of Seldon Core v1: a problem's SeldonDeployment and the operator's rules.

The container runs our own server, and nothing of Seldon's. By default there is no executor in front
of it either (docs/adr/0008).
"""

from collections.abc import Iterable, Iterator
from typing import Any, Literal, get_args

from homestead.deployment.server_pod import CPU_REQUEST_M, SERVER_IMAGE, pod_template, server_labels
from homestead.errors import UserError
from homestead.names import object_name

SeldonProtocol = Literal["seldon", "v2", "tensorflow"]
API_VERSION = "machinelearning.seldon.io/v1"
KIND = "SeldonDeployment"
RESOURCE = "seldondeployments"
PREDICTOR = "default"
NO_ENGINE = "seldon.io/no-engine"
_MAX_LABEL_LENGTH = 63
# A server is one process, which can use one core: in thousandths, the average use above which the
# autoscaler adds servers. The autoscaler counts it in percent of what is requested.
_SCALE_OUT_CPU_M = 700
# The operator labels pods and services with this prefix and the container's name.
_CONTAINER_LABEL_PREFIX = "seldon-app-svc-"
_MAX_CONTAINER_NAME_LENGTH = _MAX_LABEL_LENGTH - len(_CONTAINER_LABEL_PREFIX)


def seldon_deployment(
    problem: str,
    image: str = SERVER_IMAGE,
    protocol: SeldonProtocol = "seldon",
    executor: bool = False,
    replicas: tuple[int, int] = (2, 4),
) -> dict[str, Any]:
    """Return the SeldonDeployment that serves a problem.

    Args:
        problem: the problem's name.
        image: the server's image.
        protocol: the protocol that the operator announces.
        executor: put Seldon's executor in front of the server. Its pod cannot meet Pod Security
            ``restricted``, and it refuses requests during each rolling update.
        replicas: fewest and most; between them the autoscaler decides by CPU.

    Raises:
        UserError: the operator would refuse it.
    """
    name = object_name(problem)
    utilization = round(100 * _SCALE_OUT_CPU_M / CPU_REQUEST_M)
    cpu = {"name": "cpu", "targetAverageUtilization": utilization}
    component = {
        **pod_template(problem, image),
        "hpaSpec": {
            "minReplicas": replicas[0],
            "maxReplicas": replicas[1],
            "metrics": [{"type": "Resource", "resource": cpu}],
        },
    }
    predictor: dict[str, Any] = {
        "name": PREDICTOR,
        # Here and not in spec.annotations, which the operator ignores.
        "annotations": {} if executor else {NO_ENGINE: "true"},
        "graph": {"name": name, "type": "MODEL", "children": []},
        "componentSpecs": [component],
    }
    deployment = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": name, "labels": server_labels(problem)},
        "spec": {"name": name, "protocol": protocol, "predictors": [predictor]},
    }
    if errors := operator_errors(deployment):
        raise UserError("\n".join(errors))
    return deployment


def operator_errors(deployment: dict[str, Any]) -> list[str]:
    """Return what Seldon's operator (1.17.1) would refuse or, worse, silently ignore.

    Source: ``ValidateSeldonDeployment`` of the operator's webhook, and tests on a cluster.
    """
    name, spec = deployment["metadata"]["name"], deployment["spec"]
    where = f"SeldonDeployment {name}"
    errors = []
    protocols = get_args(SeldonProtocol)
    if spec.get("protocol", "seldon") not in protocols:
        allowed = ", ".join(protocols)
        errors.append(f"{where}: protocol: found {spec['protocol']}, allowed are {allowed}")
    if NO_ENGINE in spec.get("annotations", {}):
        errors.append(
            f"{where}: {NO_ENGINE} has no effect in spec.annotations,"
            " allowed is in a predictor's annotations"
        )
    predictors = spec.get("predictors", [])
    if not predictors:
        errors.append(f"{where}: no predictors")
    names = [predictor.get("name", "") for predictor in predictors]
    if len(set(names)) < len(names):
        errors.append(f"{where}: two predictors have the same name: {', '.join(names)}")
    errors += [f"{where}: {error}" for error in _traffic_errors(predictors)]
    for predictor in predictors:
        label = f"{where}, predictor {predictor.get('name')}"
        errors += [f"{label}: {error}" for error in _predictor_errors(name, predictor)]
    return errors


def _traffic_errors(predictors: list[dict[str, Any]]) -> Iterator[str]:
    shadows = [p.get("traffic", 0) for p in predictors if p.get("shadow")]
    if len(shadows) > 1 or len(shadows) == len(predictors) == 1:
        yield f"shadows: found {len(shadows)}, allowed is one beside a predictor"
    for traffic in shadows:
        if not 0 <= traffic <= 100:
            yield f"traffic of a shadow: found {traffic}, allowed are 0 to 100"
    live = [p.get("traffic", 0) for p in predictors if not p.get("shadow")]
    if (len(live) > 1 and sum(live) != 100) or (len(live) == 1 and live[0] not in (0, 100)):
        yield f"traffic: found {sum(live)} in all, allowed is 100"


def _predictor_errors(deployment_name: str, predictor: dict[str, Any]) -> Iterator[str]:
    service = f"{deployment_name}-{predictor.get('name')}"
    if len(service) > _MAX_LABEL_LENGTH:
        yield (f"its service {service} has {len(service)} letters, allowed are {_MAX_LABEL_LENGTH}")
    containers = {
        container["name"]: container
        for component in predictor.get("componentSpecs", [])
        for container in component["spec"]["containers"]
    }
    nodes = list(_graph_nodes(predictor["graph"]))
    if NO_ENGINE in predictor.get("annotations", {}) and len(nodes) > 1:
        yield "without the executor the graph may have one node"
    for node in nodes:
        name = node["name"]
        if name not in containers:
            known = ", ".join(containers) or "none"
            yield f"graph node {name} has no container; found {known}"
            continue
        if node.get("type", "UNKNOWN_TYPE") == "UNKNOWN_TYPE" and not node.get("methods"):
            yield f"graph node {name} has neither type nor methods"
        for error in _container_errors(containers[name]):
            yield f"container {name} {error}"


def _container_errors(container: dict[str, Any]) -> Iterator[str]:
    length = len(container["name"])
    if length > _MAX_CONTAINER_NAME_LENGTH:
        yield f"has {length} letters, allowed are {_MAX_CONTAINER_NAME_LENGTH}"
    port_names = {port.get("name") for port in container.get("ports", [])}
    for port in ("http", "metrics"):
        if port not in port_names:
            yield f"has no port named {port}"
    for probe in ("livenessProbe", "readinessProbe"):
        if probe not in container:
            yield f"has no {probe}: the operator's default waits 20 s"


def _graph_nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("children", []):
        yield from _graph_nodes(child)


def service_names(deployment: dict[str, Any]) -> list[str]:
    """Return the names of the services that the operator makes, one for each predictor and node."""
    name = deployment["metadata"]["name"]
    return [
        service
        for predictor in deployment["spec"]["predictors"]
        for service in (
            f"{name}-{predictor['name']}",
            f"{name}-{predictor['name']}-{predictor['graph']['name']}",
        )
    ]


def owner_of_service(service: dict[str, Any]) -> str:
    """Return the name of the SeldonDeployment that a service belongs to, '' for none."""
    owners = service["metadata"].get("ownerReferences", [])
    return next((str(owner["name"]) for owner in owners if owner["kind"] == KIND), "")


def deployment_selector(deployment: dict[str, Any]) -> str:
    """Return the label selector of the Deployments that the operator creates."""
    return f"seldon-deployment-id={deployment['metadata']['name']}"


def is_up_to_date(deployment: dict[str, Any], workloads: list[dict[str, Any]]) -> bool:
    """Return whether the operator's Deployments have the SeldonDeployment's images and variables.

    Its status cannot tell, because it does not name the generation that it belongs to.
    """
    expected = _images_and_variables(
        component["spec"]
        for predictor in deployment["spec"]["predictors"]
        for component in predictor.get("componentSpecs", [])
    )
    return expected <= _images_and_variables(
        workload["spec"]["template"]["spec"] for workload in workloads
    )


def _images_and_variables(pods: Iterable[dict[str, Any]]) -> set[tuple[str, str, str]]:
    """Return (container, key, value) of every image and every variable with a literal value."""
    items = set()
    for pod in pods:
        for container in (*pod.get("initContainers", ()), *pod["containers"]):
            name = container["name"]
            items.add((name, "image", container["image"]))
            items |= {
                (name, variable["name"], variable["value"])
                for variable in container.get("env", ())
                if "value" in variable
            }
    return items
