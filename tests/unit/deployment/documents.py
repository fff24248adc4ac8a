"""Helpers of these tests."""

import copy

from homestead.deployment.manifests import Manifest, name_of_object


def find_object(documents: list[Manifest], kind: str, name: str) -> Manifest:
    """Return a copy of the one object of this kind and name."""
    return copy.deepcopy(
        next(d for d in documents if (d["kind"], name_of_object(d)) == (kind, name))
    )
