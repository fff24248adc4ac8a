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
_VERBS = ("get", "patch")
_FORBIDDEN, _NOT_FOUND = 403, 404
_ACCOUNT_PREFIX = "system:serviceaccount:"


class PlanStore(Protocol):
    """Storage of one problem's release plan."""

    def read(self) -> ReleasePlan | None:
        """Return the stored plan, or None before the first release."""

    def write(self, plan: ReleasePlan) -> None:
        """Replace the stored plan."""

    def check(self) -> None:
        """Raise a UserError unless the plan can be read and written; change nothing."""


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

    def check(self) -> None:
        """Check that a stored plan is valid.

        Raises:
            UserError: it is not.
        """
        self.read()


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

    def check(self) -> None:
        """Check that the ConfigMap exists and this process may read and change it.

        Raises:
            UserError: one of it is not so, with the commands that make it so; or the stored plan
                is not valid.
        """
        from kubernetes.client import ApiException

        try:
            denied = [verb for verb in _VERBS if not self._is_allowed(verb)]
        except ApiException as error:
            raise self._user_error(error) from None
        if denied:
            raise self._missing(f"this service account may not {' or '.join(denied)} it", True)
        self.read()

    def _is_allowed(self, verb: str) -> bool:
        from kubernetes import client

        attributes = client.V1ResourceAttributes(
            namespace=self._namespace, resource="configmaps", name=self._name, verb=verb
        )
        review = client.AuthorizationV1Api(self._api.api_client).create_self_subject_access_review(
            client.V1SelfSubjectAccessReview(
                spec=client.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes)
            )
        )
        return bool(review.status.allowed)

    def _user_error(self, error: Exception) -> UserError:
        status = getattr(error, "status", None)
        if status == _NOT_FOUND:
            return self._missing("does not exist", False)
        if status == _FORBIDDEN:
            return self._missing("access denied to this service account", True)
        return UserError(f"ConfigMap {self._namespace}/{self._name}: {error}")

    def _missing(self, found: str, rights: bool) -> UserError:
        """Return an error with the commands that make the ConfigMap or the rights to it.

        Args:
            rights: whether the rights are missing; whether the ConfigMap exists is then unknown.
        """
        name, namespace = self._name, f"-n {self._namespace}"
        role = f"{name}-writer"
        commands = [f"kubectl create configmap {name} {namespace}"]
        if rights:
            commands[0] += "  # unless it exists"
            commands += [
                f"kubectl create role {role} {namespace} --verb={','.join(_VERBS)}"
                f" --resource=configmaps --resource-name={name}",
                f"kubectl create rolebinding {role} {namespace} --role={role} {self._subject()}",
            ]
        return UserError(
            f"ConfigMap {self._namespace}/{name}: {found}; the release plan is written there."
            f" These commands make what is missing:\n  " + "\n  ".join(commands)
        )

    def _subject(self) -> str:
        """Return kubectl's option that names this process's account."""
        from kubernetes import client

        try:
            api = client.AuthenticationV1Api(self._api.api_client)
            review = api.create_self_subject_review(client.V1SelfSubjectReview())
            user = str(review.status.user_info.username)
        except client.ApiException:
            return "--serviceaccount=<namespace>:<service account of the steps>"
        account = user.removeprefix(_ACCOUNT_PREFIX)
        return f"--user={user}" if account == user else f"--serviceaccount={account}"
