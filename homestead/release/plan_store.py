"""Stores of the release plan: a file, or a ConfigMap that the server pods mount."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from homestead.errors import UserError
from homestead.names import RELEASE_PLAN_FILE, release_config_map
from homestead.release.plan import ReleasePlan, parse_plan, read_plan, write_plan
from homestead.settings import Settings

if TYPE_CHECKING:
    from kubernetes.client import CoreV1Api

_CONFIG_MAP_SCHEME = "configmap://"


class PlanStore(Protocol):
    """Storage of one problem's release plan."""

    def read(self) -> ReleasePlan | None:
        """Return the stored plan, or None before the first release."""

    def write(self, plan: ReleasePlan) -> None:
        """Replace the stored plan."""


def open_plan_store(settings: Settings, problem: str) -> PlanStore:
    """Open the store that ``HOMESTEAD_RELEASE`` names.

    Raises:
        UserError: the variable names no store, or no cluster is configured.
    """
    uri = settings.release_uri
    if not uri:
        return FilePlanStore(settings.release_plan(problem))
    namespace = uri.removeprefix(_CONFIG_MAP_SCHEME)
    if not uri.startswith(_CONFIG_MAP_SCHEME) or not namespace or "/" in namespace:
        raise UserError(
            f"HOMESTEAD_RELEASE: found {uri!r}, allowed is {_CONFIG_MAP_SCHEME}<namespace>"
        )
    return ConfigMapPlanStore(namespace, release_config_map(problem), _cluster_api())


def _cluster_api() -> "CoreV1Api":
    from kubernetes import client, config

    try:
        if "KUBERNETES_SERVICE_HOST" in os.environ:
            config.load_incluster_config()
        else:
            config.load_kube_config(os.environ.get("KUBECONFIG"))
    except config.ConfigException as error:
        raise UserError(f"HOMESTEAD_RELEASE: no cluster is configured: {error}") from None
    return client.CoreV1Api()


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

    def write(self, plan: ReleasePlan) -> None:
        """Replace the stored plan."""
        write_plan(self._path, plan)


class ConfigMapPlanStore:
    """Release plan in an existing ConfigMap, which needs the rights ``get`` and ``patch``.

    Pods see a change within about a minute, the kubelet's sync period.
    """

    def __init__(self, namespace: str, name: str, api: "CoreV1Api") -> None:
        self._namespace, self._name, self._api = namespace, name, api

    def read(self) -> ReleasePlan | None:
        """Return the stored plan, or None before the first release.

        Raises:
            UserError: the ConfigMap cannot be read, or holds no valid plan.
        """
        from kubernetes.client import ApiException

        try:
            config_map = self._api.read_namespaced_config_map(self._name, self._namespace)
        except ApiException as error:
            raise self._user_error(error) from None
        text = (config_map.data or {}).get(RELEASE_PLAN_FILE)
        if text is None:
            return None
        return parse_plan(text, f"ConfigMap {self._namespace}/{self._name}")

    def write(self, plan: ReleasePlan) -> None:
        """Replace the stored plan.

        Raises:
            UserError: the ConfigMap cannot be written.
        """
        from kubernetes.client import ApiException

        body = {"data": {RELEASE_PLAN_FILE: plan.to_json()}}
        try:
            self._api.patch_namespaced_config_map(self._name, self._namespace, body)
        except ApiException as error:
            raise self._user_error(error) from None

    def _user_error(self, error: Exception) -> UserError:
        status = getattr(error, "status", None)
        reason = {
            404: "does not exist: apply the manifests first",
            403: "access denied to this service account: see the Role release-writer",
        }.get(status or 0, str(error))
        return UserError(f"ConfigMap {self._namespace}/{self._name}: {reason}")
