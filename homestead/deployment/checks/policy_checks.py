"""Policy checks of rendered manifests: security, resources, probes, images and network policies."""

import re
from collections.abc import Iterator

from homestead.deployment.checks.rights_checks import role_errors, server_errors
from homestead.deployment.labels import PROBLEM_LABEL
from homestead.deployment.manifests import (
    Manifest,
    containers,
    describe_object,
    pod_specs,
)
from homestead.deployment.seldon import KIND as SELDON_KIND

_TAG = re.compile(r"[^/:]+(:(?P<tag>[\w.-]+))?(@sha256:[0-9a-f]{64})?$")
_SECRET_VARIABLE = re.compile(r"PASSWORD|SECRET|TOKEN|KEY")
_KINDS_THAT_END = ("Job", "CronJob", "Pod")


def policy_errors(documents: list[Manifest]) -> list[str]:
    """Return the violations of our policy, which no schema can express."""
    return [
        *(
            f"{describe_object(document)}{error}"
            for document in documents
            for error in _object_errors(document)
        ),
        *_network_policy_errors(documents),
    ]


def _object_errors(document: Manifest) -> Iterator[str]:
    if document["kind"] == "Secret":
        yield ": a file must not hold the values of a Secret"
    yield from (f": {error}" for error in role_errors(document))
    for pod in pod_specs(document):
        if document["kind"] not in _KINDS_THAT_END:
            yield from (f": {error}" for error in server_errors(pod))
        for error in _pod_errors(pod):
            yield f": {error}"
        for container in containers(pod):
            needs_probes = (
                document["kind"] not in _KINDS_THAT_END and container in pod["containers"]
            )
            for error in _container_errors(container, needs_probes):
                yield f", container {container['name']}: {error}"


def _pod_errors(pod: Manifest) -> Iterator[str]:
    context = pod.get("securityContext", {})
    if not context.get("runAsNonRoot") or not context.get("runAsUser"):
        yield "may run as root: securityContext needs runAsNonRoot and a runAsUser above 0"
    if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "securityContext.seccompProfile is not RuntimeDefault"
    if pod.get("automountServiceAccountToken") is None:
        yield "automountServiceAccountToken is not set"
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(key):
            yield f"{key} is set"
    for volume in pod.get("volumes", []):
        if "hostPath" in volume:
            yield f"volume {volume['name']} is a hostPath"
        if "emptyDir" in volume and "sizeLimit" not in (volume["emptyDir"] or {}):
            yield f"volume {volume['name']} has no sizeLimit"


def _container_errors(container: Manifest, needs_probes: bool) -> Iterator[str]:
    context = container.get("securityContext", {})
    if context.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation is not false"
    if context.get("readOnlyRootFilesystem") is not True:
        yield "readOnlyRootFilesystem is not true"
    if context.get("capabilities", {}).get("drop") != ["ALL"]:
        yield "does not drop all capabilities"
    resources = container.get("resources", {})
    for part in ("requests", "limits"):
        for resource in ("cpu", "memory"):
            if resource not in resources.get(part, {}):
                yield f"resources.{part}.{resource} is not set"
    for variable in container.get("env", []):
        if _SECRET_VARIABLE.search(variable["name"].upper()) and "value" in variable:
            yield f"variable {variable['name']} holds a secret in the file: use secretKeyRef"
    image = container["image"]
    match = _TAG.search(image)
    if "@sha256:" not in image and (match is None or match["tag"] in (None, "latest")):
        yield f"image {image}: allowed is a tag other than latest, or a digest"
    for probe in ("livenessProbe", "readinessProbe"):
        if needs_probes and probe not in container:
            yield f"no {probe}"


def _network_policy_errors(documents: list[Manifest]) -> list[str]:
    """Check that one policy denies all traffic, and that each pod is selected by another one."""
    policies = [document for document in documents if document["kind"] == "NetworkPolicy"]
    # Rules of one problem add to those of its namespace, which are not among its objects.
    if all(PROBLEM_LABEL in policy["metadata"].get("labels", {}) for policy in policies):
        return []
    selectors = [policy["spec"]["podSelector"] for policy in policies]
    if {} not in selectors:
        return ["NetworkPolicy: no policy denies all traffic (empty podSelector)"]
    errors = []
    for document in documents:
        template = pod_template_of(document)
        if template is None:
            continue
        labels = template.get("metadata", {}).get("labels", {})
        if not any(selector and _matches(selector, labels) for selector in selectors):
            errors.append(f"{describe_object(document)}: no NetworkPolicy selects its pods")
    return errors


def pod_template_of(document: Manifest) -> Manifest | None:
    """Return the pod template of a workload, None of anything else."""
    spec = document.get("spec") or {}
    if document["kind"] == "CronJob":
        return dict(spec["jobTemplate"]["spec"]["template"])
    if document["kind"] == SELDON_KIND:
        return dict(spec["predictors"][0]["componentSpecs"][0])
    return dict(spec["template"]) if "template" in spec else None


def _matches(selector: Manifest, labels: dict[str, str]) -> bool:
    required: dict[str, str] = selector.get("matchLabels", {})
    return required.items() <= labels.items()
