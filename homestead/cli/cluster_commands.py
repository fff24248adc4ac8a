"""Commands for a cluster."""

from pathlib import Path

import click

from homestead.bundled import find_file
from homestead.errors import UserError

_OVERLAY = click.Path(file_okay=False, path_type=Path)


def _find_overlays(
    _: click.Context, __: click.Parameter, overlays: Path | tuple[Path, ...]
) -> Path | tuple[Path, ...]:
    """Replace overlays that the working folder does not have by the project's own."""
    return find_file(overlays) if isinstance(overlays, Path) else tuple(map(find_file, overlays))


def _images_by_name(
    _: click.Context, __: click.Parameter, images: tuple[str, ...]
) -> dict[str, str]:
    from homestead.deployment.manifests import image_base_name

    for image in images:
        if ":" not in image.rpartition("/")[2]:
            raise UserError(f"--image: found {image}, allowed is name:tag or name@sha256:digest")
    return {image_base_name(image): image for image in images}


@click.command()
@click.argument("overlay", type=_OVERLAY, callback=_find_overlays)
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
@click.option("--delete", is_flag=True, help="Delete it from the cluster, with all its data.")
def deploy(
    overlay: Path, images: dict[str, str], wait: int, steps_namespace: str, delete: bool
) -> None:
    """Check an overlay and apply it to the cluster of the current kubectl context."""
    from homestead.steps.commands.deploy import delete_overlay, deploy_overlay

    if delete:
        delete_overlay(overlay, click.echo)
    else:
        deploy_overlay(overlay, images, click.echo, wait_s=wait, steps_namespace=steps_namespace)


@click.command()
@click.argument("overlays", nargs=-1, required=True, type=_OVERLAY, callback=_find_overlays)
def check(overlays: tuple[Path, ...]) -> None:
    """Check rendered overlays: schemas, our policy, the Seldon operator's rules."""
    from homestead.steps.commands.deploy import check_overlays

    check_overlays(overlays, click.echo)
