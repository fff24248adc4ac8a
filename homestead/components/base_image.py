"""The image that every pipeline step runs in."""

from collections.abc import Callable
from typing import Any

from kfp import dsl

from homestead import __version__

# New code needs a new tag: the backend's cache compares only the image's name.
IMAGE = f"homestead-pipeline:{__version__}"


def component(function: Callable[..., Any]) -> Any:
    """Make a lightweight component whose image holds all it needs: nothing is installed."""
    return dsl.component(function, base_image=IMAGE, install_kfp_package=False)
