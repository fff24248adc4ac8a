"""Checks of rights: what a role allows too much, and what a server may not hold."""

from collections.abc import Callable
from typing import Any

import pytest

from homestead.deployment.checks.policy_checks import policy_errors
from homestead.deployment.manifests import Manifest, pod_specs
from tests.unit.deployment.documents import find_object

Rendered = dict[str, list[Manifest]]


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda r: r[0].pop("resourceNames"), "a rule for configmaps has no resourceNames"),
        (lambda r: r[0].update(verbs=["*"]), "a rule allows '*'"),
        (lambda r: r[0].update(resources=["secrets"]), "a rule allows secrets"),
        (
            lambda r: r.append({"apiGroups": [""], "resources": ["events"], "verbs": ["list"]}),
            "a rule for events has no resourceNames",
        ),
    ],
)
def test_a_role_of_a_problem_that_allows_too_much_is_found(
    break_it: Callable[[list[dict[str, Any]]], Any], message: str, rendered: Rendered
) -> None:
    role = find_object(rendered["kind"], "Role", "release-house-price")
    assert policy_errors([role]) == []
    break_it(role["rules"])
    assert message in "\n".join(policy_errors([role]))


def test_rights_in_the_whole_cluster_are_refused() -> None:
    metadata = {"name": "all"}
    errors = policy_errors([{"kind": "ClusterRole", "metadata": metadata, "rules": []}])
    assert errors == ["ClusterRole all: allowed is a Role, of one namespace"]


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda p: p.update(automountServiceAccountToken=True), "gets a projected token"),
        (
            lambda p: p["volumes"].append(
                {"name": "x", "secret": {"secretName": "homestead-signing"}}
            ),
            "volume x holds the key that signs certificates",
        ),
        (
            lambda p: _token(p).update(expirationSeconds=86_400),
            "volume api-token: its token is valid longer than 3600 s",
        ),
        (
            lambda p: p.update(initContainers=[{"volumeMounts": [{"name": "api-token"}]}]),
            "volume api-token: its token is mounted 2 times",
        ),
    ],
)
def test_a_server_that_holds_too_much_is_found(
    break_it: Callable[[Manifest], Any], message: str, rendered: Rendered
) -> None:
    document = find_object(rendered["kind"], "SeldonDeployment", "house-price")
    (pod,) = pod_specs(document)
    assert policy_errors([document]) == []
    break_it(pod)
    pod["initContainers"] = [
        {**pod["containers"][0], **container} for container in pod.get("initContainers", [])
    ]
    assert message in "\n".join(policy_errors([document]))


def _token(pod: Manifest) -> dict[str, Any]:
    (volume,) = [volume for volume in pod["volumes"] if "projected" in volume]
    token: dict[str, Any] = volume["projected"]["sources"][0]["serviceAccountToken"]
    return token
