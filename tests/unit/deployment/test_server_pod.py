"""The server's pod: the names that it shares with the manifests around it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from homestead.deployment.pod_environment import SETTINGS_CONFIG_MAP
from homestead.deployment.problems.jobs import cron_jobs
from homestead.deployment.server_pod import HOME_PATH, pod_template
from homestead.names import HTTP_PORT, POD_METRICS_PORT, USER_ID, release_config_map
from homestead.problem.loader import parse_problem
from homestead.settings import Settings
from tests.unit.deployment.documents import find_object

BASE = Path(__file__).parents[3] / "manifests" / "base"


@pytest.fixture
def container() -> dict[str, Any]:
    (server,) = pod_template("house_price")["spec"]["containers"]
    return dict(server)


def test_every_variable_is_one_that_the_server_reads(container: dict[str, Any]) -> None:
    known = {str(field.validation_alias) for field in Settings.model_fields.values()}
    ours = {v["name"] for v in container["env"] if v["name"].startswith("HOMESTEAD_")}
    assert ours - known == {"HOMESTEAD_PROBLEM"}


def test_the_server_s_container_alone_has_a_token_and_no_key_that_signs() -> None:
    pod = pod_template("house_price")["spec"]
    assert pod["automountServiceAccountToken"] is False
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    (container,) = pod["containers"]
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    token = volumes[mounts["/var/run/secrets/kubernetes.io/serviceaccount"]]["projected"]
    assert token["sources"][0] == {
        "serviceAccountToken": {"path": "token", "expirationSeconds": 3600}
    }
    secrets = {v["secret"]["secretName"] for v in pod["volumes"] if "secret" in v}
    assert secrets == {"homestead-verify-keys"}
    settings = yaml.safe_load((BASE / "settings" / "settings.yaml").read_text())["data"]
    assert settings["HOMESTEAD_VERIFY_KEYS"] in mounts
    variables = {v["name"] for v in container["env"]}
    assert variables & {"HOMESTEAD_VERIFY_KEYS", "HOMESTEAD_SIGNING_KEY"} == {
        "HOMESTEAD_VERIFY_KEYS"
    }


def test_settings_come_from_keys_that_the_config_map_has(container: dict[str, Any]) -> None:
    settings = yaml.safe_load((BASE / "settings" / "settings.yaml").read_text())
    assert settings["metadata"]["name"] == SETTINGS_CONFIG_MAP
    references = [
        v["valueFrom"].get("configMapKeyRef") for v in container["env"] if "valueFrom" in v
    ]
    for reference in filter(None, references):
        assert reference["name"] == SETTINGS_CONFIG_MAP
        assert reference["key"] in settings["data"]


def test_the_token_of_feedback_comes_from_a_secret_that_may_be_missing(
    container: dict[str, Any],
) -> None:
    (source,) = [v for v in container["env"] if v["name"] == "HOMESTEAD_FEEDBACK_TOKEN"]
    reference = {"name": "homestead-feedback", "key": "token", "optional": True}
    assert source["valueFrom"] == {"secretKeyRef": reference}
    others = [v["valueFrom"].get("secretKeyRef", {}) for v in container["env"] if "valueFrom" in v]
    assert sum("optional" in other for other in others) == 1


def test_the_plan_is_mounted_where_the_server_reads_it(
    container: dict[str, Any], tmp_path: Path
) -> None:
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    home = Settings(home=tmp_path)
    folder = home.release_plan("house_price").parent.relative_to(tmp_path)
    assert mounts["release"] == f"{HOME_PATH}/{folder}"
    documents = list(yaml.safe_load_all((BASE / "problem" / "objects.yaml").read_text()))
    find_object(documents, "ConfigMap", release_config_map("house_price"))


def test_the_problem_is_mounted_where_the_server_reads_it(container: dict[str, Any]) -> None:
    (path,) = [v["value"] for v in container["env"] if v["name"] == "HOMESTEAD_PROBLEM"]
    documents = list(yaml.safe_load_all((BASE / "problem" / "objects.yaml").read_text()))
    (mount,) = [m for m in container["volumeMounts"] if m["name"] == "problem"]
    volumes = {volume["name"]: volume for volume in pod_template("house_price")["spec"]["volumes"]}
    config_map = find_object(documents, "ConfigMap", volumes["problem"]["configMap"]["name"])
    (file,) = config_map["data"]
    assert path == f"{mount['mountPath']}/{file}"
    assert parse_problem(config_map["data"][file]).name == "house_price"


def test_copies_of_models_outlive_the_container(container: dict[str, Any]) -> None:
    (folder,) = [v["value"] for v in container["env"] if v["name"] == "HOMESTEAD_MODEL_CACHE"]
    (name,) = [m["name"] for m in container["volumeMounts"] if m["mountPath"] == folder]
    volumes = {volume["name"]: volume for volume in pod_template("house_price")["spec"]["volumes"]}
    assert "emptyDir" in volumes[name]
    assert "--wait" in container["args"]
    # Whether or not an operator sets the server's port.
    (metrics,) = (port for port in container["ports"] if port["name"] == "metrics")
    assert container["args"][-2:] == ["--metrics-port", str(metrics["containerPort"])]


def test_the_spool_stays_below_the_size_at_which_its_pod_is_evicted(
    container: dict[str, Any],
) -> None:
    (limit,) = [v["value"] for v in container["env"] if v["name"] == "HOMESTEAD_SPOOL_MB"]
    volumes = {volume["name"]: volume for volume in pod_template("house_price")["spec"]["volumes"]}
    size = volumes["home"]["emptyDir"]["sizeLimit"]
    assert size.endswith("Mi")
    assert float(limit) <= 0.8 * float(size.removesuffix("Mi"))


def test_a_stopping_server_has_its_time_before_it_is_killed(container: dict[str, Any]) -> None:
    finish_s = next(v["value"] for v in container["env"] if v["name"] == "HOMESTEAD_FINISH_S")
    wait_s = container["lifecycle"]["preStop"]["exec"]["command"][1]
    drain_s = Settings.model_fields["drain_s"].default
    grace_s = pod_template("house_price")["spec"]["terminationGracePeriodSeconds"]
    assert int(wait_s) + drain_s + int(finish_s) < grace_s


def test_ports_and_user_are_those_of_the_image(container: dict[str, Any]) -> None:
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"http": HTTP_PORT, "metrics": POD_METRICS_PORT}
    user = pod_template("house_price")["spec"]["securityContext"]["runAsUser"]
    assert user == USER_ID
    dockerfile = (BASE.parents[1] / "serving" / "Dockerfile").read_text()
    assert f"USER {USER_ID}" in dockerfile


def test_jobs_run_as_the_same_user() -> None:
    for job in cron_jobs("house_price"):
        context = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["securityContext"]
        assert {context["runAsUser"], context["runAsGroup"], context["fsGroup"]} == {USER_ID}
