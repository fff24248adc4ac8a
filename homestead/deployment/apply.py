"""Applying an overlay to the cluster of kubectl's current context, and deleting it again."""

from collections.abc import Callable
from pathlib import Path

from homestead.deployment.checks.placeholders import require_filled_in
from homestead.deployment.kubectl import apply_objects, delete_objects, served_kinds
from homestead.deployment.manifests import (
    Manifest,
    in_namespace,
    name_of_object,
    own_namespace,
    render,
    with_images,
    with_steps_in,
)
from homestead.deployment.overlay_secrets import (
    copy_to,
    overlay_secrets,
    require_secrets,
    require_unused,
)
from homestead.deployment.pod_environment import PIPELINE_OBJECTS
from homestead.deployment.recorded_deployment import former_objects, record_deployment
from homestead.deployment.wait_until_ready import wait_for_rollout


def deploy(
    overlay: Path,
    images: dict[str, str],
    report: Callable[[str], None],
    wait_s: int = 600,
    steps_namespace: str = "",
    namespace: str = "",
) -> None:
    """Apply an overlay; applying it again changes nothing.

    Passwords are generated where ``secrets.yaml`` of the overlay names ones that the cluster does
    not have; they never appear in a file or on a command line. Objects of kinds that the cluster
    does not know are skipped and reported.

    Args:
        overlay: folder of the overlay.
        images: replacement images by base name.
        report: gets a line for each step.
        wait_s: how long to wait for each workload; 0 not to wait.
        steps_namespace: second namespace that gets settings and secrets: that of Kubeflow's steps.
        namespace: of the objects, in place of the overlay's own.

    Raises:
        UserError: the overlay holds an example in place of an address, no cluster answers, the
            steps' namespace has the secrets of another one, a secret is missing, the cluster
            refuses an object, or a workload is not ready in time; the message names it.
    """
    own = render(overlay)
    moved = with_steps_in(in_namespace(own, namespace), steps_namespace)
    rendered = with_images(moved, images)
    require_filled_in(rendered)
    documents, skipped = _split_by_served_kind(rendered)
    for document in skipped:
        report(
            f"skipped {document['kind']} {name_of_object(document)}: the cluster has no such kind"
        )
    namespaces = [document for document in rendered if document["kind"] == "Namespace"]
    namespace = own_namespace(rendered)
    if steps_namespace:
        require_unused(steps_namespace, namespace)
    record_deployment(namespaces[0], overlay, rendered, steps_namespace)
    apply_objects(namespaces, report)
    secrets = overlay_secrets(overlay, namespace)
    # The addresses in them are those of services among the overlay's objects.
    secrets = in_namespace([*own, *secrets], namespace)[len(own) :]
    apply_objects(secrets, report)
    require_secrets(documents, namespace)
    if steps_namespace:
        copies = [d for d in secrets + documents if name_of_object(d) in PIPELINE_OBJECTS]
        apply_objects([copy_to(d, steps_namespace, namespace) for d in copies], report)
    # A Job cannot be changed: what an earlier deployment left makes way.
    delete_objects([document for document in documents if document["kind"] == "Job"], report)
    delete_objects(former_objects(namespace), report)
    apply_objects(documents, report)
    if wait_s:
        wait_for_rollout(documents, wait_s, report)


def delete(overlay: Path, report: Callable[[str], None], namespace: str = "") -> None:
    """Delete what :func:`deploy` created, with the namespace and all data in it.

    Args:
        namespace: the one that it was deployed to, in place of the overlay's own.

    Raises:
        UserError: no cluster answers, or it refuses.
    """
    documents, _ = _split_by_served_kind(in_namespace(render(overlay), namespace))
    delete_objects(documents, report)


def _split_by_served_kind(documents: list[Manifest]) -> tuple[list[Manifest], list[Manifest]]:
    """Return the objects whose kind the cluster serves, and the others."""
    served = served_kinds()
    known = [d for d in documents if (d["apiVersion"], d["kind"]) in served]
    return known, [d for d in documents if d not in known]
