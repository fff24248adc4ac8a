"""Deploying: the order of the steps, what is skipped, and what Kubeflow's namespace gets."""

import json

import pytest
import yaml

from homestead.deployment.apply import delete, deploy
from homestead.deployment.manifests import Manifest
from homestead.deployment.recorded_deployment import read_deployment
from homestead.errors import UserError
from tests.unit.deployment.conftest import OVERLAYS, Cluster


@pytest.fixture
def served(cluster: Cluster, rendered: dict[str, list[Manifest]]) -> Cluster:
    """Return a cluster without custom resources that has all secrets."""
    kinds = {(d["apiVersion"], d["kind"]) for d in rendered["kind"]}
    lines = [f"name {version} true {kind}" for version, kind in kinds if ".com/" not in version]
    cluster.answer("api-resources---no-headers", "\n".join(lines))
    names = yaml.safe_load((OVERLAYS / "kind" / "secrets.yaml").read_text())
    cluster.answer("get-secrets", "\n".join(f"secret/{name}" for name in names))
    return cluster


def test_everything_is_applied_and_unknown_kinds_are_reported(served: Cluster) -> None:
    lines: list[str] = []
    deploy(OVERLAYS / "kind", {}, lines.append, wait_s=0)
    kinds = {document["kind"] for document in served.objects}
    assert {"Namespace", "Secret", "ConfigMap", "StatefulSet", "CronJob"} <= kinds
    assert served.objects[0]["kind"] == "Namespace"
    assert not kinds & {"PodMonitor", "PrometheusRule"}
    assert any(line.startswith("skipped PrometheusRule") for line in lines)


def test_kubeflows_namespace_gets_settings_and_secrets(served: Cluster) -> None:
    deploy(OVERLAYS / "kind", {}, lambda _: None, wait_s=0, steps_namespace="kubeflow")
    copies = {
        document["metadata"]["name"]: document["kind"]
        for document in served.objects
        if document["metadata"].get("namespace") == "kubeflow"
    }
    assert copies.pop("homestead-settings") == "ConfigMap"
    # Of the database: the pipelines' account, and the one that may log predictions.
    accounts = {
        "homestead-database",
        "homestead-database-server",
        "homestead-redis",
        "homestead-s3",
        "homestead-s3-reader",
    }
    keys = {"homestead-signing", "homestead-verify-keys"}
    assert {name for name, kind in copies.items() if kind == "Secret"} == accounts | keys


def test_two_teams_have_secrets_of_their_own(served: Cluster) -> None:
    passwords = []
    for team in ("red", "blue"):
        (served.folder / "objects").unlink(missing_ok=True)
        deploy(OVERLAYS / "kind", {}, lambda _: None, wait_s=0, namespace=team)
        assert {d["metadata"].get("namespace", team) for d in served.objects} == {team}
        secrets = {
            d["metadata"]["name"]: d["stringData"] for d in served.objects if d["kind"] == "Secret"
        }
        assert f"@postgres.{team}:5432/" in secrets["homestead-database"]["homestead-url"]
        passwords.append({value for values in secrets.values() for value in values.values()})
        kinds = {d["kind"] for d in served.objects}
        assert {"ResourceQuota", "LimitRange", "NetworkPolicy", "Role"} <= kinds
    shared = passwords[0] & passwords[1]
    # Only names of accounts.
    assert all(len(value) < 24 for value in shared), shared


def test_steps_of_two_teams_do_not_share_a_namespace(served: Cluster) -> None:
    served.answer("get-configmap", "blue")
    with pytest.raises(UserError, match=r"namespace kubeflow: it has .* of namespace blue; steps"):
        deploy(
            *(OVERLAYS / "kind", {}, lambda _: None),
            wait_s=0,
            steps_namespace="kubeflow",
            namespace="red",
        )
    assert not (served.folder / "objects").exists()
    deploy(OVERLAYS / "kind", {}, lambda _: None, 0, "kubeflow", "blue")


def test_a_job_of_an_earlier_deployment_makes_way(served: Cluster) -> None:
    deploy(OVERLAYS / "kind", {}, lambda _: None, wait_s=0)
    jobs = [d["metadata"]["name"] for d in served.objects if d["kind"] == "Job"]
    assert sorted(jobs) == ["bucket", "bucket", "migrate", "migrate"]
    assert served.calls[-3].startswith("delete --ignore-not-found")
    assert served.calls[-1].startswith("apply --server-side")


def test_what_the_base_held_in_an_earlier_version_is_removed(served: Cluster) -> None:
    deploy(OVERLAYS / "kind", {}, lambda _: None, wait_s=0)
    former = [d for d in served.objects if d["kind"] == "CronJob" and "spec" not in d]
    assert {d["metadata"]["name"] for d in former} == {"train", "materialize", "drift", "prune-log"}
    assert {d["metadata"]["namespace"] for d in former} == {"homestead"}


def test_the_namespace_records_what_it_was_deployed_from(served: Cluster) -> None:
    image = "registry.example/homestead-serving:2"
    deploy(OVERLAYS / "kind", {"homestead-serving": image}, lambda _: None, wait_s=0)
    served.answer("get-namespace", json.dumps(served.objects[0]))
    recorded = read_deployment("homestead")
    assert recorded.overlay is not None
    assert recorded.overlay.resolve() == OVERLAYS / "kind"
    assert recorded.images["homestead-serving"] == image
    assert recorded.images["homestead-pipeline"].startswith("homestead-pipeline:")


def test_examples_are_refused_before_anything_is_applied(served: Cluster) -> None:
    with pytest.raises(UserError, match="found the example 192"):
        deploy(OVERLAYS / "production", {}, lambda _: None, wait_s=0)
    assert not (served.folder / "calls").exists()


def test_what_was_deployed_can_be_deleted(served: Cluster) -> None:
    delete(OVERLAYS / "kind", lambda _: None)
    assert served.calls[-1].startswith("delete --ignore-not-found")
    kinds = {document["kind"] for document in served.objects}
    assert "Namespace" in kinds
    assert "PrometheusRule" not in kinds
