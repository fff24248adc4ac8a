"""Whether training runs are told as OpenLineage events: when its client's variables say where."""

import importlib.util
import os

_VARIABLES = ("OPENLINEAGE_URL", "OPENLINEAGE_CONFIG")
_TRANSPORT = "OPENLINEAGE__TRANSPORT"


def activating_variable() -> str | None:
    """Return the name of the variable that names an endpoint, or None if nothing does.

    ``OPENLINEAGE_DISABLED=true`` switches events off, as OpenLineage's client reads it.
    """
    if os.environ.get("OPENLINEAGE_DISABLED", "").strip().lower() == "true":
        return None
    names = (
        name
        for name, value in sorted(os.environ.items())
        if value and (name in _VARIABLES or name.startswith(_TRANSPORT))
    )
    return next(names, None)


def is_active() -> bool:
    """Return whether events are sent: there is an endpoint, and the client is installed."""
    return activating_variable() is not None and _is_installed()


def missing_package() -> str:
    """Return a sentence for people whose variables ask for what is not installed, or ''."""
    variable = activating_variable()
    if variable is None or _is_installed():
        return ""
    return (
        f"{variable} is set, but the package openlineage-python is not installed: no lineage events"
        " are sent; pip install 'homestead[openlineage]', or unset the variable"
    )


def _is_installed() -> bool:
    return (
        importlib.util.find_spec("openlineage") is not None
        and importlib.util.find_spec("openlineage.client") is not None
    )
