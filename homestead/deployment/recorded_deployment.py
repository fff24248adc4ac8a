"""What a namespace was deployed from, recorded on it, so that problems are deployed likewise."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from homestead.bundled import bundled_path, find_file
from homestead.deployment.kubectl import kubectl
from homestead.deployment.manifests import Manifest, containers, image_base_name, pod_specs
from homestead.errors import UserError

_OVERLAY = "homestead/overlay"
_IMAGES = "homestead/images"
_STEPS = "homestead/steps-namespace"
_OUR_IMAGES = "homestead-"
# What the base held before each problem had objects of its own.
_FORMER = {
    ("batch/v1", "CronJob"): ("train", "materialize", "drift", "prune-log"),
    ("policy/v1", "PodDisruptionBudget"): ("homestead-server",),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"): ("release-writer", "kubeflow-release-writer"),
    ("rbac.authorization.k8s.io/v1", "Role"): ("release-writer",),
    ("v1", "ServiceAccount"): ("homestead-pipeline",),
}


@dataclass(frozen=True)
class RecordedDeployment:
    """What a namespace was deployed from.

    Attributes:
        overlay: folder of the overlay, None if nothing is recorded.
        images: of ours, by base name.
        steps_namespace: of Kubeflow's steps; '' for none.
    """

    overlay: Path | None = None
    images: dict[str, str] = field(default_factory=dict)
    steps_namespace: str = ""


def record_deployment(
    namespace: Manifest, overlay: Path, documents: list[Manifest], steps_namespace: str = ""
) -> None:
    """Write the overlay, its images and the steps' namespace into annotations of its namespace."""
    images = {
        image_base_name(container["image"]): container["image"]
        for document in documents
        for pod in pod_specs(document)
        for container in containers(pod)
        if image_base_name(container["image"]).startswith(_OUR_IMAGES)
    }
    folder, project = overlay.resolve(), bundled_path("").resolve()
    path = folder.relative_to(project) if folder.is_relative_to(project) else folder
    annotations = namespace["metadata"].setdefault("annotations", {})
    annotations |= {
        _OVERLAY: path.as_posix(),
        _IMAGES: json.dumps(dict(sorted(images.items()))),
        _STEPS: steps_namespace,
    }


def read_deployment(namespace: str) -> RecordedDeployment:
    """Return what a namespace was deployed from; nothing, if that was not ``homestead deploy``.

    Raises:
        UserError: there is no such namespace, or the cluster cannot be read.
    """
    output = kubectl("get", "namespace", namespace, "--ignore-not-found", "-o", "json")
    if not output.strip():
        raise UserError(
            f"namespace {namespace}: does not exist; deploy the stores first: homestead deploy"
            " OVERLAY"
        )
    annotations = json.loads(output)["metadata"].get("annotations", {})
    path = annotations.get(_OVERLAY)
    return RecordedDeployment(
        find_file(Path(path)) if path else None,
        json.loads(annotations.get(_IMAGES, "{}")),
        annotations.get(_STEPS, ""),
    )


def former_objects(namespace: str) -> list[Manifest]:
    """Return the objects of the base that earlier versions deployed and this one does not."""
    return [
        {
            "apiVersion": api_version,
            "kind": kind,
            "metadata": {"name": name, "namespace": namespace},
        }
        for (api_version, kind), names in _FORMER.items()
        for name in names
    ]
