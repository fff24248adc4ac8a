"""The environment that a training run had: interpreter, packages and image."""

import hashlib
import os
import platform
from importlib.metadata import distributions

IMAGE_VARIABLE = "HOMESTEAD_IMAGE"


def describe_environment() -> str:
    """Return the interpreter, the machine's architecture, and each installed package's version.

    One a line, sorted, so that two environments can be compared line by line. The same locks give
    the same text on one architecture. Homestead itself is left out: its commit says more.
    """
    # Each time it is asked for, metadata is read and parsed.
    found = (distribution.metadata for distribution in distributions())
    packages = {_canonical(data["Name"]): data["Version"] for data in found if data["Name"]}
    packages.pop("homestead", None)
    lines = [f"python=={platform.python_version()}", f"machine=={platform.machine()}"]
    lines += [f"{name}=={version}" for name, version in sorted(packages.items())]
    return "\n".join(lines) + "\n"


def environment_hash(description: str) -> str:
    """Return the SHA-256 of an environment, in hex."""
    return hashlib.sha256(description.encode()).hexdigest()


def current_image() -> str:
    """Return the image that this process runs in, '' if it runs in none or does not know it."""
    return os.environ.get(IMAGE_VARIABLE, "")


def _canonical(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
