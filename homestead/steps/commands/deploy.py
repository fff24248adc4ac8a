"""Deploy: check an overlay's manifests, or a problem's, and apply them to a cluster."""

from collections.abc import Callable, Iterable
from pathlib import Path

from homestead.deployment import apply
from homestead.deployment.checks.manifest_checks import require_valid, require_valid_manifests
from homestead.deployment.manifests import with_images, with_steps_in
from homestead.deployment.problems.apply import apply_problem, delete_problem
from homestead.deployment.problems.overlay import render_problem
from homestead.deployment.recorded_deployment import read_deployment
from homestead.errors import UserError
from homestead.problem.loader import load_problem
from homestead.steps.commands.problem_objects import objects_of

DEFAULT_NAMESPACE = "homestead"


def deploy_overlay(
    overlay: Path,
    images: dict[str, str],
    report: Callable[[str], None],
    *,
    wait_s: int,
    steps_namespace: str = "",
    namespace: str = "",
) -> None:
    """Check an overlay, then apply it to the cluster of the current kubectl context.

    Args:
        images: replacement images by base name.
        wait_s: how long to wait for the workloads; 0 not to wait.
        steps_namespace: second namespace that gets settings and secrets: that of Kubeflow's steps.
        namespace: of the objects, in place of the overlay's own.

    Raises:
        UserError: a manifest is not valid, the cluster refuses it, or a workload is not ready.
    """
    require_valid_manifests(overlay, report)
    apply.deploy(overlay, images, report, wait_s, steps_namespace, namespace)


def delete_overlay(overlay: Path, report: Callable[[str], None], namespace: str = "") -> None:
    """Delete an overlay's objects from the cluster, with the namespace and all its data.

    Args:
        namespace: the one that it was deployed to, in place of the overlay's own.

    Raises:
        UserError: no cluster answers, or it refuses.
    """
    apply.delete(overlay, report, namespace)


def check_overlays(overlays: Iterable[Path], report: Callable[[str], None]) -> None:
    """Check what overlays render to.

    Raises:
        UserError: an overlay is not valid; the message lists its errors, one a line.
    """
    for overlay in overlays:
        require_valid_manifests(overlay, report)


def deploy_problem(
    file: Path,
    overlay: Path | None,
    images: dict[str, str],
    report: Callable[[str], None],
    *,
    namespace: str = "",
    wait_s: int,
) -> None:
    """Give the cluster what a problem needs, beside the problems that it has.

    Args:
        file: the problem file.
        overlay: folder of the overlay. Default: the one that the namespace was deployed from.
        images: images by base name. Default: those that the namespace was deployed with.
        namespace: of the stores. Default: the overlay's own.
        wait_s: how long to wait for servers that there are already; 0 not to wait.

    Raises:
        UserError: the file is not valid, no pod can read its source, the overlay is not known,
            an object is not valid or belongs to something else, or the cluster refuses it; until
            the last of these nothing is written.
    """
    problem = load_problem(file)
    objects = objects_of(problem, file.read_text(encoding="utf-8"))
    recorded = read_deployment(namespace or DEFAULT_NAMESPACE)
    overlay = overlay or recorded.overlay
    if overlay is None:
        raise UserError(
            f"namespace {namespace or DEFAULT_NAMESPACE}: it is not known which overlay it was"
            f" deployed from; name it: homestead deploy OVERLAY --problem {file}"
        )
    documents = with_steps_in(render_problem(overlay, objects, namespace), recorded.steps_namespace)
    with_images(documents, recorded.images | images)
    require_valid(documents, f"problem {problem.name}", report)
    apply_problem(problem.name, documents, report, wait_s)
    report(f"{problem.name}: the dashboards show it as soon as it is served (variable model)")


def delete_deployed_problem(
    problem: str, report: Callable[[str], None], *, namespace: str = ""
) -> None:
    """Take a problem from the cluster; its models and logged predictions stay in the stores.

    Args:
        problem: its file, or its name, if the file is no longer there.
        namespace: of the stores. Default: ``homestead``.

    Raises:
        UserError: there is no such problem on the cluster, or it refuses.
    """
    file = Path(problem)
    name = load_problem(file).name if file.exists() or file.suffix else problem
    delete_problem(name, namespace or DEFAULT_NAMESPACE, report)
