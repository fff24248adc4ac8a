"""Pods of the steps: limits, time, rights, and the same variables as the pipeline's plain Job."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from homestead.pipelines.compile import COMPILED

BASE = Path(__file__).parents[3] / "manifests" / "base"


@pytest.fixture(scope="module")
def documents() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(COMPILED.read_text()))


def on_kubernetes(documents: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    deployment = documents[1]["platforms"]["kubernetes"]["deploymentSpec"]
    return dict(deployment["executors"])


def test_each_step_has_limits_a_time_limit_and_no_root(documents: list[dict[str, Any]]) -> None:
    executors = documents[0]["deploymentSpec"]["executors"]
    pods = on_kubernetes(documents)
    assert set(pods) == set(executors)
    for name, executor in executors.items():
        assert set(executor["container"]["resources"]) >= {
            "resourceCpuLimit",
            "resourceCpuRequest",
            "resourceMemoryLimit",
            "resourceMemoryRequest",
        }, name
        assert int(pods[name]["activeDeadlineSeconds"]) > 0
        assert pods[name]["securityContext"]["runAsNonRoot"] is True
        assert pods[name]["nodeSelector"]["labels"] == {"kubernetes.io/os": "linux"}


def test_each_step_gets_the_variables_of_the_plain_job(documents: list[dict[str, Any]]) -> None:
    job = yaml.safe_load((BASE / "pipeline" / "job.yaml").read_text())["spec"]["jobTemplate"]
    settings = yaml.safe_load((BASE / "settings" / "settings.yaml").read_text())
    (container,) = job["spec"]["template"]["spec"]["containers"]
    references = {
        variable["name"]: variable["valueFrom"]
        for variable in container["env"]
        if "valueFrom" in variable
    }
    secrets = {
        name: (source["secretKeyRef"]["name"], source["secretKeyRef"]["key"])
        for name, source in references.items()
        if "secretKeyRef" in source
    }
    for step, pod in on_kubernetes(documents).items():
        assert {
            key["envVar"]: (secret["secretName"], key["secretKey"])
            for secret in pod["secretAsEnv"]
            for key in secret["keyToEnv"]
        } == secrets, step
        (config_map,) = pod["configMapAsEnv"]
        assert config_map["configMapName"] == settings["metadata"]["name"]
        for key in config_map["keyToEnv"]:
            assert key["configMapKey"] == key["envVar"]
            assert key["configMapKey"] in settings["data"]
        names = {key["envVar"] for key in config_map["keyToEnv"]}
        # Summaries link to the pages of the tracking server that a step writes to.
        assert ("HOMESTEAD_MLFLOW_PAGES" in names) == ("MLFLOW_TRACKING_URI" in names)
