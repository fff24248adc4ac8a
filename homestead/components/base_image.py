"""The image that every pipeline step runs in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kfp import dsl

from homestead import __version__

# New code needs a new tag: the backend's cache compares only the image's name.
IMAGE = f"homestead-pipeline:{__version__}"


@dataclass(frozen=True)
class StepFunction:
    """What a pod of several steps needs of a component: its name, and the function to call."""

    name: str
    python_func: Callable[..., Any]


def component(function: Callable[..., Any]) -> Any:
    """Make a lightweight component whose image holds all it needs: nothing is installed.

    In a step's pod, where ``_KFP_RUNTIME`` is set, kfp has no compiler (``dsl.component`` is
    missing), and the step only calls functions of its neighbours: see :class:`StepFunction`.
    """
    if not hasattr(dsl, "component"):
        return StepFunction(function.__name__.replace("_", "-"), function)
    return dsl.component(function, base_image=IMAGE, install_kfp_package=False)
