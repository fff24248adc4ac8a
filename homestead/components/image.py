"""The image that every step runs in.

New code needs a new tag: the backend's cache sees only the name.
"""

from collections.abc import Callable
from typing import Any

from kfp import dsl

from homestead import __version__

IMAGE = f"homestead-pipeline:{__version__}"


def component(function: Callable[..., Any]) -> Any:
    """A lightweight component whose image holds all that it needs, so nothing is installed."""
    return dsl.component(function, base_image=IMAGE, install_kfp_package=False)
