"""Rendered overlays: rights of the pods, their secrets and their images."""

import copy
import re
from pathlib import Path

import pytest
import yaml

from homestead.deployment.checks.policy_checks import policy_errors
from homestead.deployment.manifests import (
    STEPS_NAMESPACE,
    Manifest,
    containers,
    in_namespace,
    name_of_object,
    pod_specs,
    referenced_secrets,
    render,
    with_images,
    with_steps_in,
)
from homestead.deployment.problems.apply import KINDS
from homestead.errors import UserError
from homestead.names import DRIFT_FOLDER, PERFORMANCE_FOLDER, RELEASES_FOLDER
from tests.unit.deployment.conftest import OVERLAYS
from tests.unit.deployment.documents import find_object

Rendered = dict[str, list[Manifest]]


def test_the_namespace_enforces_restricted(rendered: Rendered) -> None:
    for documents in rendered.values():
        namespace = find_object(documents, "Namespace", "homestead")
        assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_deploy_creates_every_secret_of_the_kind_overlay(rendered: Rendered) -> None:
    created = yaml.safe_load((OVERLAYS / "kind" / "secrets.yaml").read_text())
    # The problem of the overlay has no alerts as causes; others may.
    alerts = {"homestead-alerts", "homestead-database-alerts"}
    assert referenced_secrets(rendered["kind"]) | alerts == set(created)
    for document in rendered["kind"]:
        for pod in pod_specs(document):
            for container in containers(pod):
                for variable in container.get("env", []):
                    reference = variable.get("valueFrom", {}).get("secretKeyRef")
                    if reference and not reference.get("optional"):
                        assert reference["key"] in created[reference["name"]]


def test_deploy_does_not_ask_for_secrets_that_pods_start_without() -> None:
    def environment(name: str, **more: bool) -> Manifest:
        key = {"secretKeyRef": {"name": f"{name}-key", "key": "a", **more}}
        return {
            "env": [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": key}],
            "envFrom": [{"secretRef": {"name": f"{name}-all", **more}}],
        }

    def volume(name: str, **more: bool) -> Manifest:
        return {"name": name, "secret": {"secretName": f"{name}-file", **more}}

    pod = {
        "containers": [environment("needed"), environment("maybe", optional=True)],
        "volumes": [volume("needed"), volume("maybe", optional=True)],
    }
    found = referenced_secrets([{"kind": "Pod", "spec": pod}])
    assert found == {"needed-key", "needed-all", "needed-file"}


def test_no_role_is_bound_to_people_and_tokens_are_mounted_in_three_jobs(
    rendered: Rendered,
) -> None:
    for documents in rendered.values():
        bindings = [d for d in documents if d["kind"] == "RoleBinding"]
        # The role of people is bound to nobody.
        assert {d["roleRef"]["name"] for d in bindings} == {
            "release-house-price-writer",
            "release-house-price",
            "server-house-price",
        }
        with_token = [
            name_of_object(document)
            for document in documents
            for pod in pod_specs(document)
            if pod["automountServiceAccountToken"]
        ]
        assert with_token == [*("release-house-price", "retrain-house-price", "train-house-price")]


def test_steps_on_kubeflow_write_the_plan_and_do_nothing_else(rendered: Rendered) -> None:
    bound = {
        name_of_object(document)
        for document in rendered["kind"]
        if document["kind"] == "RoleBinding"
        for subject in document["subjects"]
        if subject["name"] == "pipeline-runner"
    }
    assert bound == {"release-house-price-writer"}


def test_people_who_deploy_problems_may_not_read_secrets(rendered: Rendered) -> None:
    for documents in rendered.values():
        role = find_object(documents, "Role", "homestead-deployer")
        resources = {resource for rule in role["rules"] for resource in rule["resources"]}
        assert not {"secrets", "*", "pods/exec"} & resources
        # Each kind of a problem's objects.
        written = {
            resource
            for rule in role["rules"]
            if "patch" in rule["verbs"]
            for resource in rule["resources"]
        }
        given = {
            (rule["apiGroups"][0], resource, verb)
            for other in documents
            if other["kind"] == "Role" and name_of_object(other) != name_of_object(role)
            for rule in other["rules"]
            for resource in rule["resources"]
            for verb in rule["verbs"]
        }
        # The API server refuses a role with a right that whoever makes it has not.
        assert given <= {
            (rule["apiGroups"][0], resource, verb)
            for rule in role["rules"]
            for resource in rule["resources"]
            for verb in rule["verbs"]
        }
        assert written == {kind.partition(".")[0] for kind in KINDS.values()}


def test_images_are_replaced_by_base_name(rendered: Rendered) -> None:
    image = f"registry.example:5000/team/homestead-serving@sha256:{'a' * 64}"
    documents = with_images(copy.deepcopy(rendered["kind"]), {"homestead-serving": image})
    deployment = find_object(documents, "SeldonDeployment", "house-price")
    (pod,) = pod_specs(deployment)
    assert {container["image"] for container in containers(pod)} == {image}
    assert policy_errors(documents) == []
    with pytest.raises(UserError, match="no container uses homestead-sorting"):
        with_images(documents, {"homestead-sorting": image})


def test_a_folder_that_is_no_overlay_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"not an overlay: it has no kustomization\.yaml"):
        render(tmp_path)


def test_a_namespace_of_another_team_has_everything_of_its_own(rendered: Rendered) -> None:
    for documents in rendered.values():
        moved = in_namespace(documents, "red")
        text = yaml.safe_dump_all(moved)
        assert not re.search(r"\b(mlflow|s3|postgres|redis)\.homestead\b", text)
        assert "configmap://red" in text
        assert "http://mlflow.red:5000" in text
        namespaces = {document["metadata"].get("namespace") for document in moved}
        assert namespaces <= {"red", None}
        find_object(moved, "Namespace", "red")
        binding = find_object(moved, "RoleBinding", "release-house-price-writer")
        assert binding["subjects"][0]["namespace"] == "red"
        # Names that are no addresses stay, and so does the original.
        find_object(moved, "ConfigMap", "homestead-settings")
        find_object(documents, "Namespace", "homestead")
        assert policy_errors(moved) == []
    assert in_namespace(rendered["kind"], "homestead") == rendered["kind"]


def test_the_namespaces_of_two_teams_limit_each_and_let_nobody_of_the_other_in(
    rendered: Rendered,
) -> None:
    for documents in rendered.values():
        moved = in_namespace(documents, "red")
        for team, own in (("homestead", documents), ("red", moved)):
            for kind in ("ResourceQuota", "LimitRange"):
                assert find_object(own, kind, "homestead")["metadata"]["namespace"] == team
            for policy in (d for d in own if d["kind"] == "NetworkPolicy"):
                assert policy["metadata"]["namespace"] == team
                for rule in policy["spec"].get("ingress", []):
                    for source in rule["from"]:
                        labels = source.get("namespaceSelector", {}).get("matchLabels")
                        # Without a namespace it is the policy's own.
                        assert labels in (
                            None,
                            {"homestead/client": "true"},
                            {"kubernetes.io/metadata.name": "monitoring"},
                            {"kubernetes.io/metadata.name": STEPS_NAMESPACE},
                        )
            for binding in (d for d in own if d["kind"] == "RoleBinding"):
                namespaces = {subject["namespace"] for subject in binding["subjects"]}
                assert namespaces <= {team, STEPS_NAMESPACE}
            assert not {d["kind"] for d in own} & {"ClusterRole", "ClusterRoleBinding"}


def test_steps_of_another_namespace_than_kubeflow_s_are_let_in(rendered: Rendered) -> None:
    moved = with_steps_in(rendered["kind"], "anna")
    policy = find_object(moved, "NetworkPolicy", "to-postgres")["spec"]
    (rule,) = policy["ingress"]
    named = [
        source["namespaceSelector"] for source in rule["from"] if "namespaceSelector" in source
    ]
    assert named == [{"matchLabels": {"kubernetes.io/metadata.name": "anna"}}]
    binding = find_object(moved, "RoleBinding", "release-house-price-writer")
    assert binding["subjects"][1]["namespace"] == "anna"
    # Kubeflow's API stays where it is.
    assert "kubeflow" not in yaml.safe_dump_all(
        [
            document
            for document in moved
            if document["kind"] in ("NetworkPolicy", "RoleBinding")
            and name_of_object(document) != "uses-kubeflow"
        ]
    ).replace("kubeflow-to-mlflow", "")


@pytest.mark.parametrize(
    ("account", "folder"),
    [("drift", DRIFT_FOLDER), ("drift", PERFORMANCE_FOLDER), ("release", RELEASES_FOLDER)],
)
def test_the_writer_of_reports_may_write_in_their_folder(account: str, folder: str) -> None:
    manifest = (OVERLAYS.parent / "base" / "s3" / "bucket.yaml").read_text()
    assert f'("{account}", "{folder}")' in manifest
