"""All checks of the overlays in this repository."""

import os
from pathlib import Path

import pytest
import yaml

from homestead.deployment.checks.manifest_checks import require_valid_manifests
from homestead.deployment.checks.policy_checks import policy_errors
from homestead.deployment.manifests import Manifest, render
from homestead.engine.spark_kubernetes import OwnPod, kubernetes_options
from tests.unit.deployment.conftest import OVERLAY_NAMES, OVERLAYS
from tests.unit.deployment.documents import find_object


@pytest.mark.parametrize("name", OVERLAY_NAMES)
def test_an_overlay_is_valid(name: str, rendered: dict[str, list[Manifest]]) -> None:
    lines: list[str] = []
    require_valid_manifests(OVERLAYS / name, lines.append)
    assert f"{len(rendered[name])} objects are valid" in lines[0]


def test_an_overlay_with_executor_pods_is_valid(
    rendered: dict[str, list[Manifest]], tmp_path: Path
) -> None:
    """Its image is the one with Java, and only trainings, which may start pods, compute on them."""
    overlay = {
        "namespace": "homestead",
        "resources": [os.path.relpath(OVERLAYS / "kind", tmp_path.resolve())],
        "components": [os.path.relpath(OVERLAYS.parent / "components/spark", tmp_path.resolve())],
    }
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(overlay))
    require_valid_manifests(tmp_path, lambda line: None)
    documents = render(tmp_path)
    assert len(documents) == len(rendered["kind"]) + 4
    engines = {}
    for document in documents:
        if document["kind"] == "CronJob":
            pod = document["spec"]["jobTemplate"]["spec"]["template"]["spec"]
            variables = {v["name"]: v.get("value") for v in pod["containers"][0].get("env", [])}
            engine = variables.get("HOMESTEAD_ENGINE")
            engines[document["metadata"]["name"]] = engine
            assert engine is None or pod["automountServiceAccountToken"]
            if engine:
                image = pod["containers"][0]["image"]
                assert image == "homestead-pipeline-spark:0.1.0"
                binding = find_object(documents, "RoleBinding", "homestead-spark-driver")
                account = {"kind": "ServiceAccount", "name": pod["serviceAccountName"]}
                assert account | {"namespace": "homestead"} in binding["subjects"]
    assert {n for n, engine in engines.items() if engine} == {
        "train-house-price",
        "retrain-house-price",
    }


def test_an_executors_pod_keeps_our_policy() -> None:
    options = kubernetes_options(OwnPod("train-1", "homestead", "10.1.0.7", "p:1"))
    path = Path(options["spark.kubernetes.executor.podTemplateFile"])
    pod = yaml.safe_load(path.read_text()) | {"metadata": {"name": "executor"}}
    # What Spark adds: the image, and the amounts of its options.
    amounts = {"cpu": options["spark.executor.cores"], "memory": "3Gi"}
    pod["spec"]["containers"][0] |= {
        "image": options["spark.kubernetes.container.image"],
        "resources": {"requests": amounts, "limits": amounts},
    }
    assert policy_errors([pod]) == []
