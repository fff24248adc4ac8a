"""A problem's release plan on a cluster, and the accounts that may read or change it."""

from typing import Any

from homestead.deployment.manifests import Manifest
from homestead.deployment.problems.jobs import controller_account, pipeline_account
from homestead.deployment.seldon import API_VERSION, RESOURCE
from homestead.deployment.server_pod import server_account
from homestead.names import object_name, release_config_map, release_writer

_RBAC = "rbac.authorization.k8s.io"
_CORE = ""
_SELDON = API_VERSION.partition("/")[0]


def release_objects(problem: str) -> list[Manifest]:
    """Return the plan's ConfigMap, which starts empty, and three accounts with their rights to it.

    Training starts releases and the controller advances them, which both say so in events; servers
    watch the plan.
    """
    plan = release_config_map(problem)
    changes = _rule(_CORE, "configmaps", plan, "get", "patch")
    # A right to make an object cannot be one to a name.
    events = {"apiGroups": [_CORE], "resources": ["events"], "verbs": ["create"]}
    controller, server = controller_account(problem), server_account(problem)
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": plan}},
        *_account(pipeline_account(problem), release_writer(problem), [changes, events]),
        *_account(
            controller,
            controller,
            [changes, _rule(_SELDON, RESOURCE, object_name(problem), "get"), events],
        ),
        *_account(server, server, [_rule(_CORE, "configmaps", plan, "get", "list", "watch")]),
    ]


def _rule(group: str, resource: str, name: str, *verbs: str) -> dict[str, Any]:
    """Return a right to one object; clients list and watch it with its name as field selector."""
    return {
        "apiGroups": [group],
        "resources": [resource],
        "resourceNames": [name],
        "verbs": list(verbs),
    }


def _account(account: str, role: str, rules: list[dict[str, Any]]) -> list[Manifest]:
    """Return a service account without a mounted token, its role, and what binds them."""
    return [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": account},
            "automountServiceAccountToken": False,
        },
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "Role",
            "metadata": {"name": role},
            "rules": rules,
        },
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": role},
            "roleRef": {"apiGroup": _RBAC, "kind": "Role", "name": role},
            # The overlay's namespace replaces the subject's.
            "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": "homestead"}],
        },
    ]
