"""All that knows of Seldon Core v1: the SeldonDeployment of a problem, and the operator's rules.

The container is our own server, so nothing of Seldon runs inside it. By default there is no
executor in front of it either (docs/adr/0008).
"""

from collections.abc import Iterable
from typing import Any, Literal, get_args

from homestead.deployment.server_pod import IMAGE, labels, pod_template
from homestead.errors import UserError
from homestead.names import object_name

SeldonProtocol = Literal["seldon", "v2", "tensorflow"]
API_VERSION = "machinelearning.seldon.io/v1"
PREDICTOR = "default"
NO_ENGINE = "seldon.io/no-engine"
# The operator labels pods and service with this and the container's name: in all 63 letters.
_CONTAINER_LABEL = "seldon-app-svc-"


def seldon_deployment(
    problem: str,
    image: str = IMAGE,
    protocol: SeldonProtocol = "seldon",
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
    if wrong := operator_errors(found):
        raise UserError("\n".join(wrong))
    return found


def operator_errors(deployment: dict[str, Any]) -> list[str]:
    """What Seldon's operator (1.17.1) would refuse or, worse, take without an effect.

    Source: ``ValidateSeldonDeployment`` of the operator's webhook, and what was seen on a cluster.
    """
    name, spec = deployment["metadata"]["name"], deployment["spec"]
    where = f"SeldonDeployment {name}"
    found = []
    protocols = get_args(SeldonProtocol)
    if spec.get("protocol", "seldon") not in protocols:
        allowed = ", ".join(protocols)
        found.append(f"{where}: protocol: found {spec['protocol']}, allowed are {allowed}")
    if NO_ENGINE in spec.get("annotations", {}):
        found.append(f"{where}: {NO_ENGINE} has no effect in spec.annotations; the predictor's")
    predictors = spec.get("predictors", [])
    if not predictors:
        found.append(f"{where}: no predictors")
    names = [predictor.get("name", "") for predictor in predictors]
    if len(set(names)) < len(names):
        found.append(f"{where}: two predictors have one name: {', '.join(names)}")
    shadows = [p.get("traffic", 0) for p in predictors if p.get("shadow")]
    if len(shadows) > 1 or len(shadows) == len(predictors) == 1:
        found.append(f"{where}: shadows: found {len(shadows)}, allowed is one beside a predictor")
    found += [
        f"{where}: traffic of a shadow: found {share}, allowed are 0 to 100"
        for share in shadows
        if not 0 <= share <= 100
    ]
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
        if len(node["name"]) > (most := 63 - len(_CONTAINER_LABEL)):
            found.append(
                f"{where}: container {node['name']} has {len(node['name'])} letters,"
                f" allowed are {most}"
            )
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


def deployment_selector(deployment: dict[str, Any]) -> str:
    """The label selector of the Deployments that the operator makes of a SeldonDeployment."""
    return f"seldon-deployment-id={deployment['metadata']['name']}"


def is_up_to_date(deployment: dict[str, Any], made: list[dict[str, Any]]) -> bool:
    """Whether the operator's Deployments have the images and variables of a SeldonDeployment.

    Its status does not say of which generation it is.
    """
    wanted = _versions(
        component["spec"]
        for predictor in deployment["spec"]["predictors"]
        for component in predictor.get("componentSpecs", [])
    )
    return wanted <= _versions(item["spec"]["template"]["spec"] for item in made)


def _versions(pods: Iterable[dict[str, Any]]) -> set[tuple[str, str, str]]:
    """(container, key, value) of images and variables."""
    found = set()
    for pod in pods:
        for container in (*pod.get("initContainers", ()), *pod["containers"]):
            name = container["name"]
            found.add((name, "image", container["image"]))
            found |= {
                (name, e["name"], e["value"]) for e in container.get("env", ()) if "value" in e
            }
    return found


def generated_serving_files(problem: str) -> dict[str, str]:
    """The generated manifest of a problem's servers: text by path."""
    import yaml

    text = yaml.safe_dump(seldon_deployment(problem), sort_keys=False, width=120)
    return {"manifests/base/serving/seldondeployment.yaml": f"# Generated: make compile\n{text}"}
