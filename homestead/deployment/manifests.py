"""Rendered manifests: how they are made, and what stands in them."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from homestead.errors import UserError

Manifest = dict[str, Any]


def render(overlay: Path) -> list[Manifest]:
    """What ``kubectl apply -k`` would send, in kustomize's order.

    Raises:
        UserError: no such overlay, neither kustomize nor kubectl is there, or kustomize's reason.
    """
    if not (overlay / "kustomization.yaml").exists():
        raise UserError(f"{overlay}: no overlay: it has no kustomization.yaml")
    if shutil.which("kustomize"):
        command = ["kustomize", "build", str(overlay)]
    elif shutil.which("kubectl"):
        command = ["kubectl", "kustomize", str(overlay)]
    else:
        raise UserError("kustomize or kubectl is needed, and neither is in the PATH")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"{overlay}: {done.stderr.strip()}")
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def name_of_object(document: Manifest) -> str:
    """The object's name."""
    return str(document["metadata"]["name"])


def describe_object(document: Manifest) -> str:
    """How a message names the object."""
    return f"{document['kind']} {name_of_object(document)}"


def pod_specs(document: Manifest) -> Iterator[Manifest]:
    """Every pod spec below an object, a custom resource's too."""
    if document.get("kind") == "Pod":
        yield document["spec"]
    else:
        yield from _pod_specs(document.get("spec"))


def _pod_specs(part: Any) -> Iterator[Manifest]:
    if isinstance(part, list):
        for item in part:
            yield from _pod_specs(item)
    elif isinstance(part, dict):
        if isinstance(part.get("containers"), list):
            yield part
            return
        for value in part.values():
            yield from _pod_specs(value)


def containers(pod: Manifest) -> list[Manifest]:
    """A pod's containers, those that run first included."""
    return [*pod.get("initContainers", []), *pod["containers"]]


def referenced_secrets(documents: list[Manifest]) -> set[str]:
    """Names of the secrets that pods refer to."""
    found = set()
    for document in documents:
        for pod in pod_specs(document):
            for container in containers(pod):
                for one in container.get("env", []):
                    reference = one.get("valueFrom", {}).get("secretKeyRef")
                    found |= {reference["name"]} if reference else set()
                for one in container.get("envFrom", []):
                    found |= {one["secretRef"]["name"]} if "secretRef" in one else set()
            for volume in pod.get("volumes", []):
                found |= {volume["secret"]["secretName"]} if "secret" in volume else set()
    return found


def with_images(documents: list[Manifest], images: dict[str, str]) -> list[Manifest]:
    """The documents with other images, by the last part of the name without tag.

    Raises:
        UserError: an image is not used at all.
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
    """``registry/team/name:tag@digest`` → ``name``."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]
