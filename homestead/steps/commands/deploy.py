"""Deploy: check an overlay's manifests and apply them to a cluster."""

from collections.abc import Callable, Iterable
from pathlib import Path

from homestead.deployment import apply
from homestead.deployment.manifest_checks import require_valid_manifests


def deploy_overlay(
    overlay: Path,
    images: dict[str, str],
    report: Callable[[str], None],
    *,
    wait_s: int,
    steps_namespace: str = "",
) -> None:
    """Check an overlay, then apply it to the cluster of the current kubectl context.

    Args:
        images: replacement images by base name.
        wait_s: how long to wait for the workloads; 0 not to wait.
        steps_namespace: second namespace that gets settings and secrets: that of Kubeflow's steps.

    Raises:
        UserError: a manifest is not valid, the cluster refuses it, or a workload is not ready.
    """
    require_valid_manifests(overlay, report)
    apply.deploy(overlay, images, report, wait_s=wait_s, steps_namespace=steps_namespace)


def delete_overlay(overlay: Path, report: Callable[[str], None]) -> None:
    """Delete an overlay's objects from the cluster, with the namespace and all its data.

    Raises:
        UserError: no cluster answers, or it refuses.
    """
    apply.delete(overlay, report)


def check_overlays(overlays: Iterable[Path], report: Callable[[str], None]) -> None:
    """Check what overlays render to.

    Raises:
        UserError: an overlay is not valid; the message lists its errors, one a line.
    """
    for overlay in overlays:
        require_valid_manifests(overlay, report)
