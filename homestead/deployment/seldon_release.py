"""What of a SeldonDeployment keeps its servers from following the problem's release plan."""

from collections.abc import Iterator
from typing import Any

from homestead.deployment.server_pod import SERVER_COMMAND
from homestead.names import release_config_map

_AVAILABLE = "Available"


def release_obstacles(deployment: dict[str, Any], problem: str) -> Iterator[str]:
    """Yield what of a problem's SeldonDeployment disagrees with the release plan, as sentences.

    Shares are the servers' matter: a traffic split of Seldon's own would come before them.

    Args:
        deployment: the object as the cluster has it.
        problem: the problem's name.
    """
    predictors = deployment["spec"].get("predictors", [])
    if len(predictors) != 1:
        parts = ", ".join(_describe(predictor) for predictor in predictors) or "none"
        yield f"its predictors are {parts}; the plan's shares hold with one predictor alone"
    for predictor in predictors:
        for component in predictor.get("componentSpecs", []):
            yield from _pod_obstacles(component["spec"], problem)
    status = deployment.get("status", {})
    if status.get("state") != _AVAILABLE:
        reason = status.get("description") or "the operator says no more"
        yield f"it is {status.get('state', 'without a status')}: {reason}"
    for name, workload in status.get("deploymentStatus", {}).items():
        wanted, available = workload.get("replicas", 0), workload.get("availableReplicas", 0)
        if available < wanted:
            yield f"{available} of {wanted} servers of {name} are available"


def _pod_obstacles(pod: dict[str, Any], problem: str) -> Iterator[str]:
    servers = [c for c in pod["containers"] if SERVER_COMMAND in c.get("args", ())]
    if not servers:
        names = ", ".join(container["name"] for container in pod["containers"])
        yield f"no container runs our server, which follows the plan; found {names}"
        return
    config_map = release_config_map(problem)
    volumes = {
        volume["name"]: volume["configMap"]["name"]
        for volume in pod.get("volumes", ())
        if "configMap" in volume
    }
    for server in servers:
        mounted = [volumes.get(mount["name"]) for mount in server.get("volumeMounts", ())]
        if config_map not in mounted:
            yield f"container {server['name']} does not mount the plan, ConfigMap {config_map}"


def _describe(predictor: dict[str, Any]) -> str:
    share = "as a shadow" if predictor.get("shadow") else f"{predictor.get('traffic', 0)}%"
    return f"{predictor.get('name')} ({share})"
