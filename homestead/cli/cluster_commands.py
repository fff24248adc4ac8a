"""Commands for a cluster."""

from pathlib import Path

import click

from homestead.bundled import find_file
from homestead.cli.shared.help import command
from homestead.cli.shared.options import read_settings
from homestead.errors import UserError

_OVERLAY = click.Path(file_okay=False, path_type=Path)


def _find_overlays(
    _: click.Context, __: click.Parameter, overlays: Path | tuple[Path, ...] | None
) -> Path | tuple[Path, ...] | None:
    """Replace overlays that the working folder does not have by the project's own."""
    if isinstance(overlays, tuple):
        return tuple(map(find_file, overlays))
    return overlays and find_file(overlays)


def _images_by_name(
    _: click.Context, __: click.Parameter, images: tuple[str, ...]
) -> dict[str, str]:
    from homestead.deployment.manifests import image_base_name

    for image in images:
        if ":" not in image.rpartition("/")[2]:
            raise UserError(f"--image: found {image}, allowed is name:tag or name@sha256:digest")
    return {image_base_name(image): image for image in images}


@command(
    "homestead deploy manifests/overlays/kind",
    "homestead deploy --problem churn.yaml --namespace homestead",
)
@click.argument("overlay", type=_OVERLAY, callback=_find_overlays, required=False)
@click.option(
    "--problem",
    metavar="FILE",
    help="Deploy this problem alone, beside those that the cluster has.",
)
@click.option(
    "--image",
    "images",
    multiple=True,
    callback=_images_by_name,
    help="Image (name:tag) that replaces the one of the same name.",
)
@click.option("--wait", default=600, show_default=True, help="Seconds to wait, 0 for none.")
@click.option(
    "--steps-namespace", default="", help="Kubeflow's namespace: it gets settings and secrets."
)
@click.option("--namespace", default="", help="Namespace, in place of the overlay's own.")
@click.option(
    "--delete", is_flag=True, help="Delete it from the cluster; an overlay with its data."
)
def deploy(
    overlay: Path | None,
    problem: str | None,
    images: dict[str, str],
    wait: int,
    steps_namespace: str,
    namespace: str,
    delete: bool,
) -> None:
    """Check an overlay or a problem, and apply it to the cluster.

    That is the cluster of the current kubectl context. A problem gets the images and patches of
    OVERLAY, by default of the one deployed last.
    """
    from homestead.steps.commands import deploy as command

    if problem is not None and delete:
        command.delete_deployed_problem(problem, click.echo, namespace=namespace)
    elif problem is not None:
        command.deploy_problem(
            find_file(Path(problem)),
            overlay,
            images,
            click.echo,
            namespace=namespace,
            wait_s=wait,
        )
    elif overlay is None:
        raise click.UsageError("Missing argument 'OVERLAY', or the option '--problem'.")
    elif delete:
        command.delete_overlay(overlay, click.echo, namespace)
    else:
        command.deploy_overlay(
            overlay,
            images,
            click.echo,
            wait_s=wait,
            steps_namespace=steps_namespace,
            namespace=namespace,
        )


@command("homestead check manifests/overlays/kind")
@click.argument("overlays", nargs=-1, required=True, type=_OVERLAY, callback=_find_overlays)
def check(overlays: tuple[Path, ...]) -> None:
    """Check rendered overlays against schemas and policies.

    The Seldon operator's rules are among them.
    """
    from homestead.steps.commands.deploy import check_overlays

    check_overlays(overlays, click.echo)


@command("homestead list", "homestead list --cluster", name="list")
@click.option("--cluster", is_flag=True, help="Those on the cluster of kubectl's context.")
@click.option("--namespace", default="", help="Those of one namespace of the cluster.")
def list_problems(cluster: bool, namespace: str) -> None:
    """List the problems here, or on a cluster, with their alerts."""
    from homestead.steps.commands.list_problems import cluster_problems, local_problems

    lines = cluster_problems(namespace) if cluster or namespace else local_problems(read_settings())
    for line in lines:
        click.echo(line)
