"""Deploying and deleting one problem: what is written, and what is left alone."""

import json

import pytest

from homestead.deployment.manifests import Manifest
from homestead.deployment.problems.apply import apply_problem, delete_problem
from homestead.errors import UserError
from tests.unit.deployment.conftest import Cluster
from tests.unit.deployment.problems.conftest import has


def test_a_problem_is_applied_by_the_server_under_our_name(
    ready: Cluster, objects: list[Manifest]
) -> None:
    lines: list[str] = []
    apply_problem("flats", objects, lines.append, wait_s=0)
    assert [d["metadata"]["name"] for d in ready.objects] == [
        d["metadata"]["name"] for d in objects
    ]
    (apply,) = [call for call in ready.calls if call.startswith("apply")]
    assert apply == "apply --server-side --field-manager=homestead -f -"
    assert not [call for call in ready.calls if call.startswith("delete")]


def test_what_the_problem_no_longer_needs_is_deleted(
    ready: Cluster, objects: list[Manifest]
) -> None:
    stale = {**objects[0], "metadata": {**objects[0]["metadata"], "name": "problem-former"}}
    has(ready, [*objects, stale, {"apiVersion": "batch/v1", "kind": "Job", "metadata": {}}])
    apply_problem("flats", objects, lambda _: None, wait_s=0)
    assert ready.objects[-1]["metadata"] == {"name": "problem-former", "namespace": "homestead"}
    assert ready.calls[-1] == "delete --ignore-not-found -f -"


def test_what_a_controller_made_of_the_problem_s_objects_stays(
    ready: Cluster, objects: list[Manifest]
) -> None:
    deployment = next(d for d in objects if d["kind"] == "Deployment")
    owner = {"kind": "SeldonDeployment", "name": "flats"}
    metadata = {**deployment["metadata"], "name": "flats-default-0", "ownerReferences": [owner]}
    has(ready, [*objects, {**deployment, "metadata": metadata}])
    apply_problem("flats", objects, lambda _: None, wait_s=0)
    assert not [call for call in ready.calls if call.startswith("delete")]


def test_kinds_that_the_cluster_does_not_know_are_reported(
    ready: Cluster, objects: list[Manifest]
) -> None:
    known = ready.read("api-resources---no-headers").splitlines()
    known = [line for line in known if not line.endswith(("SeldonDeployment", "PrometheusRule"))]
    ready.answer("api-resources---no-headers", "\n".join(known))
    has(ready, [])
    lines: list[str] = []
    apply_problem("flats", objects, lines.append, wait_s=0)
    assert len([line for line in lines if line.startswith("skipped")]) == 2
    assert "SeldonDeployment" not in {d["kind"] for d in ready.objects}


def test_nothing_is_written_where_stores_or_secrets_are_missing(
    ready: Cluster, objects: list[Manifest]
) -> None:
    ready.answer("get-secrets", "secret/homestead-database")
    with pytest.raises(UserError, match="secrets that do not exist: homestead-database-drift"):
        apply_problem("flats", objects, lambda _: None)
    ready.answer("get-namespace", "")
    with pytest.raises(UserError, match="namespace homestead: does not exist; deploy the stores"):
        apply_problem("flats", objects, lambda _: None)
    assert not (ready.folder / "objects").exists()


def test_an_account_that_may_not_list_secrets_can_deploy(
    ready: Cluster, objects: list[Manifest]
) -> None:
    ready.refuse("get-secrets", 'Error from server (Forbidden): secrets is forbidden: User "anna"')
    lines: list[str] = []
    apply_problem("flats", objects, lines.append, wait_s=0)
    assert "may not list them" in lines[0]
    assert len(ready.objects) == len(objects)


def test_a_deletion_names_the_problem_and_leaves_no_pod_of_a_job(
    ready: Cluster, objects: list[Manifest]
) -> None:
    job = {"kind": "Job", "metadata": {"name": "train-now", "labels": {}}}
    has(ready, [*objects, job])
    delete_problem("flats", "homestead", lambda _: None)
    delete = ready.calls[-1].split()
    assert delete[0] == "delete"
    assert set(delete[1].split(",")) >= {"cronjobs", "jobs", "configmaps", "roles", "rolebindings"}
    selector = delete[delete.index("-l") + 1]
    assert selector == "app.kubernetes.io/managed-by=homestead,homestead/problem=flats"
    assert delete[delete.index("-n") + 1] == "homestead"
    assert "--cascade=foreground" in delete


def test_a_problem_that_is_not_there_is_not_deleted(
    ready: Cluster, objects: list[Manifest]
) -> None:
    with pytest.raises(UserError, match="problem flats: not deployed in namespace homestead"):
        delete_problem("flats", "homestead", lambda _: None)
    # Another one whose name is the same on the cluster.
    has(ready, json.loads(json.dumps(objects).replace('"flats"', '"flats_"')))
    with pytest.raises(UserError, match="not deployed"):
        delete_problem("flats", "homestead", lambda _: None)
    assert not [call for call in ready.calls if call.startswith("delete")]
