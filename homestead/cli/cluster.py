"""The verbs for a cluster."""

from pathlib import Path

import click

OVERLAY = click.argument("overlay", type=click.Path(path_type=Path, file_okay=False))


def _images(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    from homestead.deployment.manifests import image_base_name
    from homestead.errors import UserError

    for image in given:
        if ":" not in image.rpartition("/")[2]:
            raise UserError(f"--image: found {image}, allowed is name:tag or name@sha256:digest")
    return {image_base_name(image): image for image in given}


@click.command()
@OVERLAY
@click.option("--image", "images", multiple=True, callback=_images, help="name:tag to run instead.")
@click.option("--wait", default=600, show_default=True, help="Seconds to wait, 0 for none.")
@click.option("--steps-namespace", default="", help="Kubeflow's: it gets settings and secrets.")
@click.option("--delete", "remove", is_flag=True, help="Take it away again, with all its data.")
def deploy(
    overlay: Path, images: dict[str, str], wait: int, steps_namespace: str, remove: bool
) -> None:
    """Check an overlay and apply it to the cluster of the current kubectl context."""
    from homestead.deployment import apply
    from homestead.deployment.manifest_checks import require_valid_manifests

    if remove:
        apply.delete(overlay, click.echo)
        return
    require_valid_manifests(overlay, click.echo)
    apply.deploy(overlay, images, click.echo, wait_s=wait, also=steps_namespace)


@click.command()
@click.argument("overlays", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(overlays: tuple[Path, ...]) -> None:
    """Check what overlays render to: schemas, our policy, the Seldon operator's rules."""
    from homestead.deployment.manifest_checks import require_valid_manifests

    for overlay in overlays:
        require_valid_manifests(overlay, click.echo)
