"""Stores of the release plan: a file, or a ConfigMap that the server pods watch and mount.

A plan is written by compare-and-swap: whoever writes says which plan it replaces, so that of two
processes that decide at once only one does.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from homestead.errors import PlanConflictError, UserError
from homestead.names import release_config_map
from homestead.release.config_map_store import ConfigMapPlanStore, cluster_api
from homestead.release.plan import ReleasePlan, read_plan, write_plan
from homestead.settings import Settings

_CONFIG_MAP_SCHEME = "configmap://"


class PlanStore(Protocol):
    """Storage of one problem's release plan."""

    def read(self) -> ReleasePlan | None:
        """Return the stored plan, or None before the first release."""

    def write(self, plan: ReleasePlan, expected: ReleasePlan | None) -> ReleasePlan:
        """Replace the stored plan if it is still the expected one.

        Args:
            plan: its revision is of no account.
            expected: what was read; None before the first release.

        Returns:
            The plan as it is stored: with the revision that follows the expected plan's.

        Raises:
            PlanConflictError: the stored plan is another one.
        """

    def check(self) -> None:
        """Raise a UserError unless the plan can be read and written; change nothing."""


def open_plan_store(settings: Settings, problem: str) -> PlanStore:
    """Open the store that ``HOMESTEAD_RELEASE`` names.

    Raises:
        UserError: the variable names no store, or no cluster is configured.
    """
    namespace = config_map_namespace(settings)
    if not namespace:
        return FilePlanStore(settings.release_plan(problem))
    return ConfigMapPlanStore(namespace, release_config_map(problem), cluster_api())


def config_map_namespace(settings: Settings) -> str:
    """Return the namespace of the ConfigMaps with release plans; '' if plans are files.

    Raises:
        UserError: ``HOMESTEAD_RELEASE`` names no store.
    """
    uri = settings.release_uri
    namespace = uri.removeprefix(_CONFIG_MAP_SCHEME)
    if uri and (not uri.startswith(_CONFIG_MAP_SCHEME) or not namespace or "/" in namespace):
        raise UserError(
            f"HOMESTEAD_RELEASE: found {uri!r}, allowed is {_CONFIG_MAP_SCHEME}<namespace>"
        )
    return namespace


class FilePlanStore:
    """Release plan in a file, replaced atomically."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> ReleasePlan | None:
        """Return the stored plan, or None before the first release.

        Raises:
            UserError: the file is not a valid plan.
        """
        return read_plan(self._path) if self._path.exists() else None

    def write(self, plan: ReleasePlan, expected: ReleasePlan | None) -> ReleasePlan:
        """Replace the stored plan if it is still the expected one; see :class:`PlanStore`.

        Raises:
            UserError: the file is not a valid plan, or another one (PlanConflictError).
        """
        successor = plan.after(expected)
        with self._lock():
            if self.read() != expected:
                raise PlanConflictError(str(self._path))
            write_plan(self._path, successor)
        return successor

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Hold a lock that ends with the process. The plan's file is replaced, so it has none."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_suffix(".lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def check(self) -> None:
        """Check that a stored plan is valid.

        Raises:
            UserError: it is not.
        """
        self.read()
