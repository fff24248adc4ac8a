"""Rendered manifests: rendering an overlay, and finding pods, containers, secrets and images."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from homestead.errors import UserError

Manifest = dict[str, Any]
# Where the overlays expect the steps of Kubeflow's pipelines.
STEPS_NAMESPACE = "kubeflow"


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
    completed = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
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


def in_namespace(documents: list[Manifest], namespace: str) -> list[Manifest]:
    """Return copies of an overlay's objects in another namespace than its own.

    Objects, accounts and the addresses of the overlay's own services follow: each namespace has
    stores, passwords and network rules of its own.

    Args:
        namespace: the new one; '' or the overlay's own leaves everything as it is.
    """
    own = own_namespace(documents)
    if namespace in ("", own):
        return documents
    names = "|".join(re.escape(name_of_object(d)) for d in documents if d["kind"] == "Service")
    address = re.compile(rf"\b({names})\.{re.escape(own)}\b") if names else None

    def moved(key: str, text: str) -> str:
        if key == "namespace" and text == own:
            return namespace
        text = address.sub(rf"\1.{namespace}", text) if address else text
        return re.sub(rf"^configmap://{re.escape(own)}$", f"configmap://{namespace}", text)

    result: list[Manifest] = [_map_texts(document, moved) for document in documents]
    for document in result:
        if document["kind"] == "Namespace":
            document["metadata"]["name"] = namespace
    return result


def with_steps_in(documents: list[Manifest], namespace: str) -> list[Manifest]:
    """Return copies of an overlay's objects that let Kubeflow's steps of a namespace in.

    Args:
        namespace: that of the steps; '' for the overlays' own, ``kubeflow``.
    """
    keys = ("namespace", "kubernetes.io/metadata.name")

    def moved(key: str, text: str) -> str:
        return namespace if key in keys and text == STEPS_NAMESPACE else text

    if namespace in ("", STEPS_NAMESPACE):
        return documents
    return [_map_texts(document, moved) for document in documents]


def _map_texts(part: Any, function: Callable[[str, str], str], key: str = "") -> Any:
    """Return a copy of a document with the function's value, by key and text, for each text."""
    if isinstance(part, dict):
        return {name: _map_texts(value, function, name) for name, value in part.items()}
    if isinstance(part, list):
        return [_map_texts(item, function) for item in part]
    return function(key, part) if isinstance(part, str) else part


def own_namespace(documents: list[Manifest]) -> str:
    """Return the namespace that an overlay makes.

    Raises:
        UserError: it makes none.
    """
    names = [name_of_object(document) for document in documents if document["kind"] == "Namespace"]
    if len(names) != 1:
        raise UserError(f"the overlay makes {len(names)} namespaces, allowed is one")
    return names[0]


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
