"""Store of the release plan in a ConfigMap, which the server pods watch and mount."""

import os
from typing import TYPE_CHECKING

from homestead.errors import PlanConflictError, UserError
from homestead.names import RELEASE_PLAN_FILE
from homestead.release.plan import ReleasePlan, parse_plan

if TYPE_CHECKING:
    from kubernetes.client import CoreV1Api

_VERBS = ("get", "patch")
_FORBIDDEN, _NOT_FOUND, _CONFLICT = 403, 404, 409
_ACCOUNT_PREFIX = "system:serviceaccount:"


def cluster_api() -> "CoreV1Api":
    """Return a client of the cluster that this process runs on, or that KUBECONFIG selects.

    Raises:
        UserError: no cluster is configured.
    """
    from kubernetes import client, config

    try:
        if "KUBERNETES_SERVICE_HOST" in os.environ:
            config.load_incluster_config()
        else:
            config.load_kube_config(os.environ.get("KUBECONFIG"))
    except config.ConfigException as error:
        raise UserError(f"HOMESTEAD_RELEASE: no cluster is configured: {error}") from None
    return client.CoreV1Api()


class ConfigMapPlanStore:
    """Release plan in an existing ConfigMap, which needs the rights ``get`` and ``patch``.

    Servers that may watch it see a change at once, others after the kubelet's sync, within about a
    minute.
    """

    def __init__(self, namespace: str, name: str, api: "CoreV1Api") -> None:
        self._namespace, self._name, self._api = namespace, name, api
        self._origin = f"ConfigMap {namespace}/{name}"

    def read(self) -> ReleasePlan | None:
        """Return the stored plan, or None before the first release.

        Raises:
            UserError: the ConfigMap cannot be read, or holds no valid plan.
        """
        return self._read()[0]

    def _read(self) -> tuple[ReleasePlan | None, str]:
        """Return the stored plan, and the version of the object that holds it."""
        from kubernetes.client import ApiException

        try:
            config_map = self._api.read_namespaced_config_map(self._name, self._namespace)
        except ApiException as error:
            raise self._user_error(error) from None
        text = (config_map.data or {}).get(RELEASE_PLAN_FILE)
        plan = None if text is None else parse_plan(text, self._origin)
        return plan, config_map.metadata.resource_version

    def write(self, plan: ReleasePlan, expected: ReleasePlan | None) -> ReleasePlan:
        """Replace the stored plan if it is still the expected one; see :class:`.PlanStore`.

        Raises:
            UserError: the ConfigMap cannot be read or written, holds no valid plan, or another
                one (PlanConflictError).
        """
        from kubernetes.client import ApiException

        successor = plan.after(expected)
        stored, resource_version = self._read()
        if stored != expected:
            raise PlanConflictError(self._origin)
        # With this version, the API server refuses the write if the object has changed since.
        body = {
            "metadata": {"resourceVersion": resource_version},
            "data": {RELEASE_PLAN_FILE: successor.to_json()},
        }
        try:
            self._api.patch_namespaced_config_map(self._name, self._namespace, body)
        except ApiException as error:
            if error.status == _CONFLICT:
                raise PlanConflictError(self._origin) from None
            raise self._user_error(error) from None
        return successor

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
        return UserError(f"{self._origin}: {error}")

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
            f"{self._origin}: {found}; the release plan is written there."
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
