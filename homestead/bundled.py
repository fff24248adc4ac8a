"""Files that belong to the code: in a clone at the repository's root, in a wheel in the package."""

from pathlib import Path, PurePosixPath

# Where the images hold the project's folders, as in a clone.
IMAGE_ROOT = PurePosixPath("/app")
_PACKAGE = Path(__file__).parent


def bundled_path(name: str) -> Path:
    """Return the path of one of the project's own files or folders.

    Args:
        name: path in the repository, such as ``problems/house_price.yaml``. A wheel holds the
            folders ``problems``, ``data``, ``manifests`` and ``pipelines/compiled``.
    """
    installed = _PACKAGE / "_bundled"
    return (installed if installed.is_dir() else _PACKAGE.parent) / name


def find_file(path: Path) -> Path:
    """Return ``path``, or the project's own file of that name if the working folder has none.

    So ``problems/house_price.yaml`` and ``manifests/overlays/kind`` work outside of a clone.
    """
    bundled = bundled_path(str(path))
    # Joining an absolute path gives that path.
    return bundled if not path.exists() and bundled.exists() else path


def path_in_image(path: Path) -> str | None:
    """Return the path that a file of the project's ``data`` folder has in the pipeline image.

    None for any other file.
    """
    data = bundled_path("data").resolve()
    file = path.resolve()
    if not file.is_relative_to(data):
        return None
    return str(IMAGE_ROOT / "data" / file.relative_to(data).as_posix())
