"""Files beside the code: in a clone at the repository's root, in an installed wheel inside it."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def bundled_path(name: str) -> Path:
    """Return where a file or folder of the project lies.

    Args:
        name: its path in the repository, such as ``problems/house_price.yaml``. The wheel holds
            the folders ``problems``, ``data``, ``manifests`` and ``pipelines``.
    """
    installed = _PACKAGE / "_bundled"
    return (installed if installed.is_dir() else _PACKAGE.parent) / name
