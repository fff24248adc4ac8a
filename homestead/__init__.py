"""Homestead: from a table and one problem file to a served, watched, retrained model."""

from importlib import import_module
from typing import Any

from homestead.telemetry import disable_telemetry
from homestead.threads import configure_threads

__version__ = "0.1.0"

# Before anything loads OpenMP or BLAS.
configure_threads()
# Before anything loads the libraries that have some.
disable_telemetry()


def __getattr__(name: str) -> Any:
    """Return ``homestead.draft``; drafts need libraries that a server does without."""
    if name == "draft":
        return import_module("homestead.drafting.frames").draft
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
