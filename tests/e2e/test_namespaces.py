"""Two teams in two namespaces: neither reads the other's secrets, and each has limits and rules.

Of the second team's overlay only the objects that say who may do what are applied: its stores would
take another two gigabytes.
"""

import json
from collections.abc import Iterator

import pytest
import yaml

from homestead.deployment.manifests import Manifest, in_namespace, name_of_object, render
from tests.e2e.kubectl import NAMESPACE, OVERLAY, is_allowed, kubectl, may

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

OTHER = "homestead-red"
_KINDS = (
    *("Namespace", "ServiceAccount", "Role", "RoleBinding"),
    *("ResourceQuota", "LimitRange", "NetworkPolicy"),
)


@pytest.fixture(scope="module")
def other_team() -> Iterator[list[Manifest]]:
    """Yield the objects of a second team, with people who may deploy problems there."""
    documents = [d for d in in_namespace(render(OVERLAY), OTHER) if d["kind"] in _KINDS]
    kubectl("apply", "--server-side", "-f", "-", stdin=yaml.safe_dump_all(documents))
    arguments = ("--role=homestead-deployer", "--group=red", "-n", OTHER)
    kubectl("create", "rolebinding", "deployers", *arguments)
    kubectl("create", "secret", "generic", "homestead-s3", "-n", OTHER, "--from-literal=key=x")
    yield documents
    kubectl("delete", "namespace", OTHER, "--wait=false")


def test_no_account_of_a_team_reads_secrets_of_either(other_team: list[Manifest]) -> None:
    accounts = [name_of_object(d) for d in other_team if d["kind"] == "ServiceAccount"]
    assert "train-house-price" in accounts
    for of, where in ((OTHER, NAMESPACE), (NAMESPACE, OTHER), (OTHER, OTHER)):
        for account in accounts:
            for verb in ("get", "list", "watch"):
                assert not may(account, verb, "secrets", of=of, where=where), (of, account, where)
    for of, where in ((OTHER, NAMESPACE), (NAMESPACE, OTHER)):
        for verb, what in (
            ("patch", "configmap/release-house-price"),
            ("get", "configmap/release-house-price"),
            ("create", "pods"),
        ):
            assert not may("train-house-price", verb, what, of=of, where=where), (of, verb, what)
    assert may("train-house-price", "patch", "configmap/release-house-price", of=OTHER, where=OTHER)


def test_people_of_a_team_deploy_there_alone(other_team: list[Manifest]) -> None:
    person = ("--as=anna", "--as-group=red")
    for verb, what in (("create", "jobs"), ("patch", "configmaps"), ("get", "pods")):
        assert is_allowed(verb, what, "-n", OTHER, *person), what
        assert not is_allowed(verb, what, "-n", NAMESPACE, *person), what
    for namespace in (OTHER, NAMESPACE):
        # With a slash it would be a pod of that name.
        for asked in (("get", "secrets"), ("create", "pods", "--subresource=exec")):
            assert not is_allowed(*asked, "-n", namespace, *person), (namespace, asked)


def test_each_namespace_has_a_quota_limits_and_rules(other_team: list[Manifest]) -> None:
    def of(namespace: str) -> set[str]:
        kinds = "resourcequotas,limitranges,networkpolicies"
        items = json.loads(kubectl("get", kinds, "-n", namespace, "-o", "json"))["items"]
        return {f"{item['kind']}/{name_of_object(item)}" for item in items}

    assert of(OTHER) == of(NAMESPACE)
    assert {"ResourceQuota/homestead", "LimitRange/homestead", "NetworkPolicy/deny-all"} < of(OTHER)
    policies = {name_of_object(d): d["spec"] for d in other_team if d["kind"] == "NetworkPolicy"}
    assert policies["deny-all"]["podSelector"] == {}
