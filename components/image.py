"""The image that every step runs in; new code needs a new tag, since the cache sees only the name."""

from collections.abc import Callable
from typing import Any

from kfp import dsl

from homestead import __version__

IMAGE = f"homestead-pipeline:{__version__}"


def component(function: Callable[..., Any]) -> Any:
    """A lightweight component whose image holds all that it needs, so nothing is installed."""
    return dsl.component(function, base_image=IMAGE, install_kfp_package=False)
