"""Whether runs are mirrored in Weights & Biases: when one of its variables is set."""

import importlib.util
import os

_PREFIX = "WANDB_"
_OFF = ("true", "1", "t", "y", "yes", "on")


def activating_variable() -> str | None:
    """Return the name of the variable that asks for the mirror, or None if nothing does.

    ``WANDB_MODE=disabled`` and ``WANDB_DISABLED=true`` switch it off, as W&B's client reads them.
    """
    if os.environ.get("WANDB_MODE") == "disabled":
        return None
    if os.environ.get("WANDB_DISABLED", "").lower() in _OFF:
        return None
    names = sorted(name for name, value in os.environ.items() if name.startswith(_PREFIX) and value)
    return names[0] if names else None


def is_active() -> bool:
    """Return whether runs are mirrored: it is asked for, and the client is installed."""
    return activating_variable() is not None and _is_installed()


def missing_package() -> str:
    """Return a sentence for people whose variables ask for what is not installed, or ''."""
    variable = activating_variable()
    if variable is None or _is_installed():
        return ""
    return (
        f"{variable} is set, but the package wandb is not installed: runs are not mirrored in"
        " Weights & Biases; pip install 'homestead[wandb]', or unset the variable"
    )


def _is_installed() -> bool:
    # A folder named wandb, which the client makes, would be found as a package without an origin.
    spec = importlib.util.find_spec("wandb")
    return spec is not None and spec.origin is not None
