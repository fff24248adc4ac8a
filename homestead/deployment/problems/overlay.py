"""A problem's objects as an overlay makes them: its namespace, images and patches."""

import shutil
import tempfile
from pathlib import Path

import yaml

from homestead.deployment.labels import PROBLEM_LABEL
from homestead.deployment.manifests import Manifest, in_namespace, render
from homestead.errors import UserError

_BASE = Path("base", "problem")
_OBJECTS_FILE = "objects.yaml"
_KUSTOMIZATION = "kustomization.yaml"


def render_problem(overlay: Path, objects: list[Manifest], namespace: str = "") -> list[Manifest]:
    """Return a problem's objects with all that an overlay changes of the base's own problem.

    Args:
        overlay: folder of the overlay, two levels below the folder that holds ``base/problem``.
        objects: as made from the problem's file.
        namespace: of the objects, in place of the overlay's own.

    Raises:
        UserError: the folder is no overlay or lies elsewhere, or kustomize failed.
    """
    overlay = overlay.resolve()
    root = overlay.parents[1]
    if not (root / _BASE / _KUSTOMIZATION).exists():
        raise UserError(
            f"{overlay}: found no {root / _BASE}: an overlay lies beside the project's own ones, in"
            " manifests/overlays/"
        )
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, root.name)
        shutil.copytree(root, copy)
        (copy / _BASE / _OBJECTS_FILE).write_text(yaml.safe_dump_all(objects), encoding="utf-8")
        target = copy / overlay.relative_to(root)
        if (target / _KUSTOMIZATION).exists():
            _use_base(target / _KUSTOMIZATION, copy)
        rendered = render(target)
    return [
        document
        for document in in_namespace(rendered, namespace)
        if PROBLEM_LABEL in document["metadata"].get("labels", {})
    ]


def _use_base(kustomization: Path, root: Path) -> None:
    """Add the base's folder of a problem to an overlay that does without one."""
    content = yaml.safe_load(kustomization.read_text(encoding="utf-8"))
    resources = content.setdefault("resources", [])
    base = root / _BASE
    if not any((kustomization.parent / str(name)).resolve() == base for name in resources):
        resources.append(str(Path("..", "..", _BASE)))
        kustomization.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
