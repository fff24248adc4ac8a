"""Accounts of a problem's releases: each may do what it does, to objects of this problem alone."""

from typing import Any

from homestead.deployment.manifests import Manifest, name_of_object, pod_specs
from homestead.deployment.problems.release_objects import release_objects
from tests.unit.deployment.documents import find_object

PLAN = {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["release-flats"]}
SERVERS = {
    "apiGroups": ["machinelearning.seldon.io"],
    "resources": ["seldondeployments"],
    "resourceNames": ["flats"],
}
EVENTS = {"apiGroups": [""], "resources": ["events"], "verbs": ["create"]}


def rights(objects: list[Manifest]) -> dict[str, list[dict[str, Any]]]:
    """Return the rules of each service account."""
    rules: dict[str, list[dict[str, Any]]] = {}
    for binding in (d for d in objects if d["kind"] == "RoleBinding"):
        role = find_object(objects, "Role", binding["roleRef"]["name"])
        for subject in binding["subjects"]:
            rules.setdefault(subject["name"], []).extend(role["rules"])
    return rules


def test_each_account_of_a_release_has_its_own_rights(objects: list[Manifest]) -> None:
    assert rights(objects) == {
        "train-flats": [{**PLAN, "verbs": ["get", "patch"]}, EVENTS],
        "release-flats": [
            {**PLAN, "verbs": ["get", "patch"]},
            {**SERVERS, "verbs": ["get"]},
            EVENTS,
        ],
        "server-flats": [{**PLAN, "verbs": ["get", "list", "watch"]}],
    }


def test_accounts_are_mounted_only_where_they_are_used(objects: list[Manifest]) -> None:
    accounts = {
        name_of_object(document): (pod["serviceAccountName"], pod["automountServiceAccountToken"])
        for document in objects
        for pod in pod_specs(document)
        if "serviceAccountName" in pod
    }
    assert accounts == {
        "train-flats": ("train-flats", True),
        # What it starts is a training.
        "retrain-flats": ("train-flats", True),
        "release-flats": ("release-flats", True),
        "labels-flats": ("labels-flats", False),
        # Its container has a token of its own.
        "flats": ("server-flats", False),
    }
    for document in objects:
        if document["kind"] == "ServiceAccount":
            assert document["automountServiceAccountToken"] is False


def test_the_plan_starts_empty() -> None:
    (plan,) = [d for d in release_objects("flats") if d["kind"] == "ConfigMap"]
    assert plan["metadata"]["name"] == "release-flats"
    assert "data" not in plan
