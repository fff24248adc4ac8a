"""The scheduled jobs: where they read the problem, and the accounts that they have."""

from pathlib import Path

import pytest
import yaml

from homestead.deployment.checks.schema_checks import schema_errors
from homestead.deployment.manifests import Manifest, containers, pod_specs
from homestead.deployment.pods.problem_mount import PATH_IN_POD, problem_config_map
from homestead.deployment.problems.jobs import cron_jobs, pipeline_account
from homestead.errors import UserError
from homestead.problem.sections.loop.scoring import Scoring
from tests.unit.deployment.documents import find_object

SETTINGS = Path(__file__).parents[4] / "manifests" / "base" / "settings" / "settings.yaml"


def container_of(job: str) -> Manifest:
    (pod,) = pod_specs(find_object(cron_jobs("flats"), "CronJob", f"{job}-flats"))
    (container,) = containers(pod)
    return container


def test_each_job_reads_its_problem_from_the_config_map() -> None:
    for job in cron_jobs("flats"):
        (pod,) = pod_specs(job)
        (volume,) = [volume for volume in pod["volumes"] if volume["name"] == "problem"]
        assert volume["configMap"] == {"name": problem_config_map("flats")}
        (container,) = containers(pod)
        assert {"name": "HOMESTEAD_PROBLEM", "value": PATH_IN_POD} in container["env"]


def test_each_job_has_an_account_of_its_own_where_its_rights_differ() -> None:
    secrets = {
        job: {
            variable["valueFrom"]["secretKeyRef"]["name"]
            for variable in container_of(job)["env"]
            if "valueFrom" in variable
        }
        for job in (
            "train",
            "materialize",
            "drift",
            "performance",
            "prune-log",
            "release",
            "retrain",
        )
    }
    assert secrets == {
        "train": {"homestead-database", "homestead-redis", "homestead-s3"},
        "materialize": {"homestead-database", "homestead-redis", "homestead-s3-reader"},
        "drift": {"homestead-database-drift", "homestead-s3-drift"},
        "performance": {"homestead-database-drift", "homestead-s3-drift"},
        # What it starts is a training.
        "retrain": {"homestead-database", "homestead-redis", "homestead-s3"},
        "prune-log": {"homestead-database-retention"},
        "release": {"homestead-database-release", "homestead-s3-release"},
    }


def test_two_runs_of_a_job_do_not_overlap_and_end() -> None:
    for job in cron_jobs("flats"):
        spec = job["spec"]
        assert spec["concurrencyPolicy"] == "Forbid"
        assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] > 0


def test_the_controller_looks_each_minute_and_is_never_late_or_long() -> None:
    spec = find_object(cron_jobs("flats"), "CronJob", "release-flats")["spec"]
    assert spec["schedule"] == "* * * * *"
    assert spec["startingDeadlineSeconds"] < 60
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] <= 300
    # The next minute's is the retry.
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 0
    assert container_of("release")["args"] == ["release", "advance"]


def test_retraining_looks_often_and_has_the_account_of_training() -> None:
    job = find_object(cron_jobs("flats"), "CronJob", "retrain-flats")
    spec = job["spec"]
    assert spec["schedule"] == "*/10 * * * *"
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 0
    (pod,) = pod_specs(job)
    assert pod["serviceAccountName"] == "train-flats"
    labels = spec["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
    assert labels["homestead/uses-kubeflow"] == "true"
    assert container_of("retrain")["args"] == ["retrain", "check"]


def test_jobs_that_train_may_tell_other_trackers() -> None:
    told = set()
    for job in cron_jobs("flats"):
        (pod,) = pod_specs(job)
        secret = {"secretRef": {"name": "homestead-trackers", "optional": True}}
        labels = job["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
        is_told = secret in pod["containers"][0]["envFrom"]
        assert is_told == (labels.get("homestead/uses-trackers") == "true")
        told |= {job["metadata"]["name"]} if is_told else set()
    assert told == {"train-flats", "retrain-flats"}


def test_training_alone_holds_the_key_that_signs_and_others_verify() -> None:
    mounted = {}
    for job in cron_jobs("flats"):
        (pod,) = pod_specs(job)
        mounted[job["metadata"]["name"]] = {
            volume["secret"]["secretName"] for volume in pod["volumes"] if "secret" in volume
        }
    settings = yaml.safe_load(SETTINGS.read_text())["data"]
    mounts = {mount["mountPath"] for mount in container_of("train")["volumeMounts"]}
    assert settings["HOMESTEAD_VERIFY_KEYS"] in mounts
    assert str(Path(settings["HOMESTEAD_SIGNING_KEY"]).parent) in mounts
    assert {name: secrets for name, secrets in mounted.items() if secrets} == {
        "train-flats": {"homestead-signing", "homestead-verify-keys"},
        "retrain-flats": {"homestead-signing", "homestead-verify-keys"},
        "release-flats": {"homestead-verify-keys"},
        "performance-flats": {"homestead-verify-keys"},
    }


def test_the_account_of_training_is_the_problem_s_own() -> None:
    assert pipeline_account("flats") == "train-flats"
    assert len(pipeline_account("x" * 63)) <= 63


def test_a_table_that_is_scored_at_set_times_has_a_job() -> None:
    scoring = Scoring(source="s3://a/rows/", target="s3://a/scores.parquet", schedule="5 4 * * 1")
    job = find_object(cron_jobs("flats", scoring), "CronJob", "score-flats")
    assert job["spec"]["schedule"] == "5 4 * * 1"
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    assert schema_errors([job], {}) == ([], [])
    (pod,) = pod_specs(job)
    (container,) = containers(pod)
    assert container["args"] == ["score"]
    names = {variable["name"] for variable in container["env"]}
    assert {"HOMESTEAD_DATABASE_URL", "HOMESTEAD_REDIS", "AWS_ACCESS_KEY_ID"} <= names
    assert "HOMESTEAD_LOG_KEY" not in names
    logged = cron_jobs("flats", scoring.model_copy(update={"log": True}))
    (pod,) = pod_specs(find_object(logged, "CronJob", "score-flats"))
    (container,) = containers(pod)
    assert "HOMESTEAD_LOG_KEY" in {variable["name"] for variable in container["env"]}
    with pytest.raises(UserError, match=r"^scoring\.source: found rows\.csv, allowed on a cluster"):
        cron_jobs("flats", scoring.model_copy(update={"source": "rows.csv"}))
