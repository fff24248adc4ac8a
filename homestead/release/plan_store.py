"""Where the release plan is written: a file, or a ConfigMap that the server pods mount."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from homestead.errors import UserError
from homestead.names import release_config_map
from homestead.release.plan import ReleasePlan, parse_plan, read_plan, write_plan
from homestead.settings import Settings

if TYPE_CHECKING:
    from kubernetes.client import CoreV1Api

PLAN_KEY = "plan.json"
_SCHEME = "configmap://"


class PlanStore(Protocol):
    """A place for one plan."""

    def read(self) -> ReleasePlan | None:
        """The plan that is there, or None."""

    def write(self, plan: ReleasePlan) -> None:
        """Put a plan in its place."""


def open_plan_store(settings: Settings, problem: str) -> PlanStore:
    """The place that the settings name.

    Raises:
        UserError: ``HOMESTEAD_RELEASE`` is none, or no cluster can be reached.
    """
    if not settings.release_uri:
        return _File(settings.release_plan(problem))
    namespace = settings.release_uri.removeprefix(_SCHEME)
    if not settings.release_uri.startswith(_SCHEME) or not namespace or "/" in namespace:
        raise UserError(
            f"HOMESTEAD_RELEASE: found {settings.release_uri!r}, allowed is {_SCHEME}<namespace>"
        )
    return _ConfigMap(namespace, release_config_map(problem), _cluster())


def _cluster() -> "CoreV1Api":
    from kubernetes import client, config

    try:
        if "KUBERNETES_SERVICE_HOST" in os.environ:
            config.load_incluster_config()
        else:
            config.load_kube_config(os.environ.get("KUBECONFIG"))
    except config.ConfigException as error:
        raise UserError(f"HOMESTEAD_RELEASE: no cluster: {error}") from None
    return client.CoreV1Api()


class _File:
    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> ReleasePlan | None:
        return read_plan(self._path) if self._path.exists() else None

    def write(self, plan: ReleasePlan) -> None:
        write_plan(self._path, plan)


class _ConfigMap:
    """Needs the rights get and patch on this one ConfigMap, which the manifests make.

    Pods see a change within about a minute (the kubelet's sync).
    """

    def __init__(self, namespace: str, name: str, api: "CoreV1Api") -> None:
        self._namespace, self._name, self._api = namespace, name, api

    def read(self) -> ReleasePlan | None:
        from kubernetes.client import ApiException

        try:
            found = self._api.read_namespaced_config_map(self._name, self._namespace)
        except ApiException as error:
            raise self._refused(error) from None
        text = (found.data or {}).get(PLAN_KEY)
        if text is None:
            return None
        return parse_plan(text, f"ConfigMap {self._namespace}/{self._name}")

    def write(self, plan: ReleasePlan) -> None:
        from kubernetes.client import ApiException

        body = {"data": {PLAN_KEY: plan.model_dump_json(indent=2) + "\n"}}
        try:
            self._api.patch_namespaced_config_map(self._name, self._namespace, body)
        except ApiException as error:
            raise self._refused(error) from None

    def _refused(self, error: Exception) -> UserError:
        status = getattr(error, "status", None)
        hint = {
            404: "there is none: apply the manifests first",
            403: "this account may not: see the Role release-writer",
        }.get(status or 0, str(error))
        return UserError(f"ConfigMap {self._namespace}/{self._name}: {hint}")
