"""Pods of the steps: limits, time, rights, and the same accounts as the pipeline's plain Job."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from homestead.deployment.pod_environment import (
    SPARK_CONFIG_MAP,
    SPARK_MODEL_SETTINGS,
    SPARK_SETTINGS,
    TRACKER_VARIABLES,
    TRACKERS_SECRET,
    USES_TRACKERS,
)
from homestead.deployment.problems.source_access import source_secret
from homestead.pipelines.compile import COMPILED, COMPILED_SCORING
from homestead.settings import Settings

BASE = Path(__file__).parents[3] / "manifests" / "base"
COMPONENT = BASE.parent / "components" / "spark"


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


def test_steps_have_the_accounts_of_the_plain_job(documents: list[dict[str, Any]]) -> None:
    objects = yaml.safe_load_all((BASE / "problem" / "objects.yaml").read_text())
    (job,) = (
        one["spec"]["jobTemplate"]
        for one in objects
        if (one["kind"], one["metadata"]["name"]) == ("CronJob", "train-house-price")
    )
    settings = yaml.safe_load((BASE / "settings" / "settings.yaml").read_text())
    (container,) = job["spec"]["template"]["spec"]["containers"]
    references = {
        v["name"]: v["valueFrom"]["secretKeyRef"] for v in container["env"] if "valueFrom" in v
    }
    job_secrets = {name: (ref["name"], ref["key"]) for name, ref in references.items()}
    step_secrets: dict[str, tuple[str, str]] = {}
    for step, pod in on_kubernetes(documents).items():
        secrets = {
            key["envVar"]: (secret["secretName"], key["secretKey"])
            for secret in pod.get("secretAsEnv", [])
            if not secret["optional"]
            for key in secret["keyToEnv"]
        }
        if step == "exec-prepare-data":  # it only reads the source
            assert {name for name, _ in secrets.values()} == {"homestead-s3-reader"}
        else:
            assert secrets.items() <= job_secrets.items(), step
            step_secrets |= secrets
        for config_map in pod.get("configMapAsEnv", []):
            if config_map["configMapName"] == SPARK_CONFIG_MAP:
                continue
            assert config_map["configMapName"] == settings["metadata"]["name"]
            for key in config_map["keyToEnv"]:
                assert key["configMapKey"] == key["envVar"]
                assert key["configMapKey"] in settings["data"]
            names = {key["envVar"] for key in config_map["keyToEnv"]}
            # Summaries link to the pages of the tracking server that a step writes to.
            assert ("HOMESTEAD_MLFLOW_PAGES" in names) == ("MLFLOW_TRACKING_URI" in names)
    assert step_secrets == job_secrets


def test_steps_that_read_the_source_get_its_account_by_the_run_s_parameter(
    documents: list[dict[str, Any]],
) -> None:
    given = {
        step: secret
        for step, pod in on_kubernetes(documents).items()
        for secret in pod.get("secretAsEnv", [])
        if secret["optional"] and not _is_of_trackers(secret)
    }
    assert set(given) == {"exec-open-run", "exec-prepare-data"}
    known = {str(field.validation_alias) for field in Settings.model_fields.values()}
    for secret in given.values():
        parameter = secret["secretNameParameter"]["componentInputParameter"]
        assert parameter == "pipelinechannel--source_secret"
        variables = {key["envVar"]: key["secretKey"] for key in secret["keyToEnv"]}
        assert {name for name in known if "_SOURCE_" in name} == set(variables)
        assert all(name == key for name, key in variables.items())
    (parameter,) = [
        parameter
        for name, parameter in documents[0]["root"]["inputDefinitions"]["parameters"].items()
        if name == "source_secret"
    ]
    assert parameter["defaultValue"] == source_secret("house_price")


def _is_of_trackers(secret: dict[str, Any]) -> bool:
    return str(secret.get("secretName")) == TRACKERS_SECRET


def test_steps_that_may_compute_on_spark_get_its_settings_where_there_are_any(
    documents: list[dict[str, Any]],
) -> None:
    """Without the ConfigMap, or one of its keys, a pod starts all the same."""
    steps = on_kubernetes(documents)
    steps |= on_kubernetes(list(yaml.safe_load_all(COMPILED_SCORING.read_text())))
    given = {
        step: (config["optional"], tuple(key["envVar"] for key in config["keyToEnv"]))
        for step, pod in steps.items()
        for config in pod.get("configMapAsEnv", [])
        if config["configMapName"] == SPARK_CONFIG_MAP
    }
    drivers = {"exec-prepare-data", "exec-train", "exec-score"}
    assert given == {
        "exec-open-run": (True, SPARK_MODEL_SETTINGS),
        **dict.fromkeys(drivers, (True, SPARK_SETTINGS)),
    }
    # What a driver's pod needs beside its account: network rules know it by these labels, executors
    # reach it and it reaches the Kubernetes API.
    rules = yaml.safe_load_all((COMPONENT / "network.yaml").read_text())
    [selector] = [
        rule["spec"]["podSelector"]["matchLabels"]
        for rule in rules
        if rule["metadata"]["name"] == "spark-driver"
    ]
    for step in drivers:
        labels = steps[step]["podMetadata"]["labels"]
        assert labels["homestead/uses-kubernetes"] == "true", step
        assert selector.items() <= labels.items(), step


def test_steps_that_open_and_end_a_run_may_tell_other_trackers(
    documents: list[dict[str, Any]],
) -> None:
    given = {
        step: [key["envVar"] for key in secret["keyToEnv"]]
        for step, pod in on_kubernetes(documents).items()
        for secret in pod.get("secretAsEnv", [])
        if secret["optional"] and _is_of_trackers(secret)
    }
    assert set(given) == {"exec-open-run", "exec-finalize-run"}
    for step, names in given.items():
        assert names == list(TRACKER_VARIABLES)
        assert (
            USES_TRACKERS.items() <= on_kubernetes(documents)[step]["podMetadata"]["labels"].items()
        )


def test_steps_that_sign_or_verify_certificates_have_the_keys(
    documents: list[dict[str, Any]],
) -> None:
    settings = yaml.safe_load((BASE / "settings" / "settings.yaml").read_text())["data"]
    mounted: dict[str, set[str]] = {}
    for step, pod in on_kubernetes(documents).items():
        variables = {
            key["envVar"] for config in pod.get("configMapAsEnv", []) for key in config["keyToEnv"]
        }
        for secret in pod.get("secretAsVolume", []):
            name = secret["secretName"]
            mounted.setdefault(name, set()).add(step.removeprefix("exec-"))
            (variable,) = [v for v in variables if settings[v].startswith(secret["mountPath"])]
            assert variable in ("HOMESTEAD_SIGNING_KEY", "HOMESTEAD_VERIFY_KEYS")
    assert mounted == {
        "homestead-signing": {"evaluate-and-release"},
        "homestead-verify-keys": {"evaluate-and-release"},
    }
