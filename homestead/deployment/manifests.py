"""Rendered manifests: rendering an overlay, and finding pods, containers, secrets and images."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from homestead.errors import UserError

Manifest = dict[str, Any]


def render(overlay: Path) -> list[Manifest]:
    """Return what ``kubectl apply -k`` would send, in kustomize's order.

    Raises:
        UserError: the folder is no overlay, neither kustomize nor kubectl is installed, or
            kustomize failed.
    """
    if not (overlay / "kustomization.yaml").exists():
        raise UserError(f"{overlay}: not an overlay: it has no kustomization.yaml")
    if shutil.which("kustomize"):
        command = ["kustomize", "build", str(overlay)]
    elif shutil.which("kubectl"):
        command = ["kubectl", "kustomize", str(overlay)]
    else:
        raise UserError("kustomize or kubectl is required, and neither is in the PATH")
    completed = subprocess.run(command, capture_output=True, text=True, check=False)
    if completed.returncode:
        raise UserError(f"{overlay}: {completed.stderr.strip()}")
    return [document for document in yaml.safe_load_all(completed.stdout) if document]


def name_of_object(document: Manifest) -> str:
    """Return the object's name."""
    return str(document["metadata"]["name"])


def describe_object(document: Manifest) -> str:
    """Return kind and name, as messages refer to an object."""
    return f"{document['kind']} {name_of_object(document)}"


def pod_specs(document: Manifest) -> Iterator[Manifest]:
    """Yield every pod spec in an object, whatever its kind."""
    if document.get("kind") == "Pod":
        yield document["spec"]
    else:
        yield from _nested_pod_specs(document.get("spec"))


def _nested_pod_specs(part: Any) -> Iterator[Manifest]:
    if isinstance(part, list):
        for item in part:
            yield from _nested_pod_specs(item)
    elif isinstance(part, dict):
        if isinstance(part.get("containers"), list):
            yield part
            return
        for value in part.values():
            yield from _nested_pod_specs(value)


def containers(pod: Manifest) -> list[Manifest]:
    """Return a pod's containers, init containers first."""
    return [*pod.get("initContainers", []), *pod["containers"]]


def referenced_secrets(documents: list[Manifest]) -> set[str]:
    """Return the names of the Secrets without which pods do not start."""
    return {
        secret
        for document in documents
        for pod in pod_specs(document)
        for secret in (*_secrets_of_variables(pod), *_secrets_of_volumes(pod))
    }


def _secrets_of_variables(pod: Manifest) -> Iterator[str]:
    for container in containers(pod):
        variables = [variable.get("valueFrom", {}) for variable in container.get("env", [])]
        references = [source.get("secretKeyRef") for source in variables]
        references += [source.get("secretRef") for source in container.get("envFrom", [])]
        for reference in references:
            if reference and not reference.get("optional"):
                yield reference["name"]


def _secrets_of_volumes(pod: Manifest) -> Iterator[str]:
    for volume in pod.get("volumes", []):
        if "secret" in volume and not volume["secret"].get("optional"):
            yield volume["secret"]["secretName"]


def with_images(documents: list[Manifest], images: dict[str, str]) -> list[Manifest]:
    """Replace images in place and return the documents.

    Args:
        documents: rendered manifests.
        images: the new images, by base name (see :func:`image_base_name`).

    Raises:
        UserError: no container uses one of the images.
    """
    used = set()
    for document in documents:
        for pod in pod_specs(document):
            for container in containers(pod):
                name = image_base_name(container["image"])
                if name in images:
                    container["image"] = images[name]
                    used.add(name)
    if unknown := sorted(set(images) - used):
        raise UserError(f"images: no container uses {', '.join(unknown)}")
    return documents


def image_base_name(image: str) -> str:
    """Return ``name`` of ``registry/team/name:tag@digest``."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]
