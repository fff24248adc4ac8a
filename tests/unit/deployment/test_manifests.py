"""The manifests: what the overlays promise, and that the checks find what is wrong."""

import copy
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from homestead.deployment import seldon
from homestead.deployment.apply import fill_secrets
from homestead.deployment.manifest_checks import (
    KUBERNETES,
    custom_schemas,
    policy_errors,
    require_valid_manifests,
    schema_errors,
)
from homestead.deployment.manifests import (
    containers,
    name_of_object,
    pod_specs,
    referenced_secrets,
    render,
    with_images,
)
from homestead.errors import UserError
from homestead.names import release_config_map
from homestead.problem.schema import Problem

ROOT = Path(__file__).parents[3]
OVERLAYS = ROOT / "manifests" / "overlays"
EVERY = ("kind", "production")


@pytest.fixture(scope="module")
def rendered() -> dict[str, list[dict[str, Any]]]:
    if not (shutil.which("kustomize") or shutil.which("kubectl")):
        if os.environ.get("CI") == "true":
            pytest.fail("needs kustomize or kubectl")
        pytest.skip("needs kustomize or kubectl")
    return {name: render(OVERLAYS / name) for name in EVERY}


def find(documents: list[dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    return copy.deepcopy(
        next(d for d in documents if (d["kind"], name_of_object(d)) == (kind, name))
    )


@pytest.mark.parametrize("name", EVERY)
def test_an_overlay_is_sound(name: str, rendered: dict[str, Any]) -> None:
    said: list[str] = []
    require_valid_manifests(OVERLAYS / name, said.append)
    assert f"{len(rendered[name])} objects are sound" in said[0]


def test_the_namespace_enforces_restricted(rendered: dict[str, Any]) -> None:
    for documents in rendered.values():
        namespace = find(documents, "Namespace", "homestead")
        assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda d: d.update(kind="Deployments"), "Deployments"),
        (lambda d: d["spec"].update(replica=2), "replica"),
        (lambda d: d["spec"].update(replicas="two"), "two"),
    ],
)
def test_schemas_find_a_mistake(
    break_it: Callable[[dict[str, Any]], None], message: str, rendered: dict[str, Any]
) -> None:
    document = find(rendered["kind"], "Deployment", "mlflow")
    assert schema_errors([document], {}) == ([], [])
    break_it(document)
    faults, unchecked = schema_errors([document], {})
    assert message in str(faults + unchecked)


def spec_of(document: dict[str, Any]) -> dict[str, Any]:
    return dict(document["spec"]["template"]["spec"])


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda p: p["containers"][0].update(image="mlflow"), "a tag other than latest"),
        (lambda p: p["containers"][0].update(image="a.b:5/mlflow:latest"), "other than latest"),
        (lambda p: p["securityContext"].update(runAsUser=0), "runs as root"),
        (lambda p: p["securityContext"].pop("seccompProfile"), "seccompProfile"),
        (lambda p: p["containers"][0]["resources"].pop("limits"), "limits.memory is not set"),
        (lambda p: p["containers"][0].pop("livenessProbe"), "no livenessProbe"),
        (lambda p: p["containers"][0]["securityContext"].clear(), "root file system is writable"),
        (lambda p: p["volumes"].append({"name": "x", "hostPath": {"path": "/"}}), "of the host"),
        (lambda p: p["volumes"].append({"name": "x", "emptyDir": {}}), "no sizeLimit"),
        (
            lambda p: p["containers"][0]["env"].append({"name": "DB_PASSWORD", "value": "x"}),
            "holds its value in the file",
        ),
    ],
)
def test_policy_finds_a_mistake(
    break_it: Callable[[dict[str, Any]], Any], message: str, rendered: dict[str, Any]
) -> None:
    document = find(rendered["kind"], "Deployment", "mlflow")
    assert policy_errors([document]) == []
    break_it(document["spec"]["template"]["spec"])
    assert message in "\n".join(policy_errors([document]))


def test_policy_refuses_a_secret_in_a_file_and_pods_without_network_policy(
    rendered: dict[str, Any],
) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "x"},
        "data": {"a": "Yg=="},
    }
    assert policy_errors([secret]) == ["Secret x: a secret's values may not be in a file"]
    documents = [d for d in rendered["kind"] if name_of_object(d) != "from-mlflow"]
    documents = [d for d in documents if not name_of_object(d).endswith("to-mlflow")]
    assert policy_errors(documents) == ["Deployment mlflow: no NetworkPolicy names its pods"]


def test_every_secret_of_kind_is_made_by_deploy(rendered: dict[str, Any]) -> None:
    made = yaml.safe_load((OVERLAYS / "kind" / "secrets.yaml").read_text())
    assert referenced_secrets(rendered["kind"]) == set(made)
    for document in rendered["kind"]:
        for pod in pod_specs(document):
            for container in containers(pod):
                for one in container.get("env", []):
                    if reference := one.get("valueFrom", {}).get("secretKeyRef"):
                        assert reference["key"] in made[reference["name"]]


def test_passwords_are_drawn_once_and_are_the_same_wherever_they_stand() -> None:
    text = (OVERLAYS / "kind" / "secrets.yaml").read_text()
    drawn = iter(f"password-{n}" for n in range(100))
    first = fill_secrets(text, {}, lambda: next(drawn))
    kept = first["homestead-passwords"]
    assert first["postgres-passwords"]["feast"] == kept["feast"]
    assert f":{kept['feast']}@postgres.homestead" in first["homestead-database"]["feast-url"]
    assert len(set(kept.values())) == len(kept)
    assert "$" not in str(first)
    again = fill_secrets(text, kept, lambda: pytest.fail("drawn again"))
    assert again == first
    more = fill_secrets(text + "new:\n  key: ${new}\n", kept, lambda: "another")
    assert more["new"] == {"key": "another"}
    assert more["postgres-passwords"] == first["postgres-passwords"]


def test_the_servers_may_do_nothing_and_the_pipeline_changes_one_object(
    rendered: dict[str, Any], churn: Problem
) -> None:
    for documents in rendered.values():
        roles = [d for d in documents if d["kind"] in ("Role", "ClusterRole")]
        assert [(role["kind"], role["rules"]) for role in roles] == [
            (
                "Role",
                [
                    {
                        "apiGroups": [""],
                        "resources": ["configmaps"],
                        "resourceNames": [release_config_map("house_price")],
                        "verbs": ["get", "patch"],
                    }
                ],
            )
        ]
        with_token = [
            name_of_object(document)
            for document in documents
            for pod in pod_specs(document)
            if pod["automountServiceAccountToken"]
        ]
        assert with_token == ["train"]


def test_images_are_replaced_by_name(rendered: dict[str, Any]) -> None:
    image = f"registry.example:5000/team/homestead-serving@sha256:{'a' * 64}"
    documents = with_images(copy.deepcopy(rendered["kind"]), {"homestead-serving": image})
    deployment = find(documents, "SeldonDeployment", "house-price")
    (pod,) = pod_specs(deployment)
    assert {container["image"] for container in containers(pod)} == {image}
    assert policy_errors(documents) == []
    with pytest.raises(UserError, match="no container uses homestead-sorting"):
        with_images(documents, {"homestead-sorting": image})


def test_no_overlay_is_an_error_that_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no overlay: it has no kustomization\.yaml"):
        render(tmp_path)


# The SeldonDeployment.


def test_the_committed_seldon_deployment_is_the_generated_one() -> None:
    for name, text in seldon.generated_serving_files("house_price").items():
        assert (ROOT / name).read_text() == text


@pytest.mark.parametrize("executor", [False, True])
@pytest.mark.parametrize("protocol", ["seldon", "v2", "tensorflow"])
def test_what_the_builder_makes_fits_the_schema(protocol: Any, executor: bool) -> None:
    schemas = custom_schemas()
    if not schemas:
        pytest.skip("no schema of SeldonDeployment here: set HOMESTEAD_CRDS")
    made = seldon.seldon_deployment("churn", protocol=protocol, executor=executor)
    assert schema_errors([made], schemas) == ([], [])
    assert (seldon.NO_ENGINE in made["spec"]["predictors"][0]["annotations"]) is not executor


def test_the_schema_check_refuses_an_unknown_key() -> None:
    schemas = custom_schemas()
    if not schemas:
        pytest.skip("no schema of SeldonDeployment here: set HOMESTEAD_CRDS")
    made = seldon.seldon_deployment("churn")
    made["spec"]["predictors"][0]["componentSpecs"][0]["spec"]["containers"][0]["imagee"] = "x"
    faults, _ = schema_errors([made], schemas)
    assert "imagee" in faults[0]


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda s: s["predictors"][0]["graph"].update(name="other"), "other has no container"),
        (lambda s: s["predictors"][0]["graph"].pop("type"), "neither type nor methods"),
        (
            lambda s: s.update(annotations={seldon.NO_ENGINE: "true"}),
            "no effect in spec.annotations",
        ),
        (lambda s: s.update(protocol="grpc"), "protocol: found grpc"),
        (lambda s: s.update(predictors=[]), "no predictors"),
        (lambda s: s["predictors"][0].update(traffic=50), "found 50 in all, allowed is 100"),
        (lambda s: s["predictors"].append(s["predictors"][0]), "two predictors have one name"),
        (lambda s: s["predictors"][0].update(shadow=True), "shadows: found 1"),
        (lambda s: s["predictors"].extend(shadows(s, 20, 20)), "shadows: found 2"),
        (lambda s: s["predictors"].extend(shadows(s, 120)), "a shadow: found 120"),
        (lambda s: s["predictors"][0].update(name="x" * 60), "allowed are 63"),
        (
            lambda s: s["predictors"][0]["graph"]["children"].append({"name": "churn"}),
            "the graph may have one node",
        ),
        (
            lambda s: s["predictors"][0]["componentSpecs"][0]["spec"]["containers"][0].pop("ports"),
            "no port named http",
        ),
        (
            lambda s: s["predictors"][0]["componentSpecs"][0]["spec"]["containers"][0].pop(
                "readinessProbe"
            ),
            "no readinessProbe",
        ),
    ],
)
def test_the_operators_rules_are_checked_first(
    break_it: Callable[[dict[str, Any]], Any], message: str
) -> None:
    made = seldon.seldon_deployment("churn")
    assert seldon.operator_errors(made) == []
    break_it(made["spec"])
    assert message in "\n".join(seldon.operator_errors(made))


def shadows(spec: dict[str, Any], *traffic: int) -> list[dict[str, Any]]:
    return [
        {**spec["predictors"][0], "name": f"shadow-{i}", "shadow": True, "traffic": share}
        for i, share in enumerate(traffic)
    ]


def test_one_shadow_beside_a_predictor_is_sound() -> None:
    made = seldon.seldon_deployment("churn")
    made["spec"]["predictors"] += shadows(made["spec"], 20)
    assert seldon.operator_errors(made) == []


def test_a_name_too_long_for_the_operators_names_is_refused() -> None:
    with pytest.raises(UserError, match="allowed are 63"):
        seldon.seldon_deployment("a" * 60)
    # At 49 the operator takes the SeldonDeployment and then fails to make its service.
    assert seldon.seldon_deployment("a" * 48)
    with pytest.raises(UserError, match="has 49 letters, allowed are 48"):
        seldon.seldon_deployment("a" * 49)


def test_a_seldon_deployment_is_followed_once_its_images_and_variables_are_there() -> None:
    made = seldon.seldon_deployment("churn")
    pod = copy.deepcopy(made["spec"]["predictors"][0]["componentSpecs"][0])
    theirs = [{"spec": {"template": pod}}]
    pod["spec"]["containers"][0]["env"].append({"name": "PREDICTOR_ID", "value": "default"})
    assert seldon.is_up_to_date(made, theirs)
    assert not seldon.is_up_to_date(made, [])
    (container,) = made["spec"]["predictors"][0]["componentSpecs"][0]["spec"]["containers"]
    container["env"].append({"name": "HOMESTEAD_DRAIN_S", "value": "6"})
    assert not seldon.is_up_to_date(made, theirs)
    assert not seldon.is_up_to_date(seldon.seldon_deployment("churn", image="a:2"), theirs)


# What is installed beside us.


def test_one_file_of_versions_agrees_with_what_we_are_checked_and_built_with() -> None:
    lines = (ROOT / "versions.env").read_text().splitlines()
    versions = dict(line.split("=", 1) for line in lines if "=" in line and line[0] != "#")
    assert versions["KUBERNETES"] == KUBERNETES
    assert f":v{KUBERNETES}." in versions["NODE_IMAGE"]
    assert "@sha256:" in versions["NODE_IMAGE"]
    assert (
        f"kfp=={versions['KUBEFLOW_PIPELINES']}\n"
        in (ROOT / "requirements" / "pipeline.in").read_text()
    )


def test_every_action_is_pinned_by_commit() -> None:
    used = [
        line.split("uses:")[1].split("#")[0].strip()
        for path in (ROOT / ".github" / "workflows").glob("*.yml")
        for line in path.read_text().splitlines()
        if "uses:" in line
    ]
    assert used
    for action in used:
        assert action.startswith("./") or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action
