"""The scheduled jobs: where they read the problem, and the accounts that they have."""

from homestead.deployment.manifests import Manifest, containers, pod_specs
from homestead.deployment.problem_mount import PATH_IN_POD, problem_config_map
from homestead.deployment.problems.jobs import cron_jobs, pipeline_account
from tests.unit.deployment.documents import find_object


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
        for job in ("train", "materialize", "drift", "prune-log")
    }
    assert secrets == {
        "train": {"homestead-database", "homestead-redis", "homestead-s3"},
        "materialize": {"homestead-database", "homestead-redis", "homestead-s3-reader"},
        "drift": {"homestead-database-drift", "homestead-s3-drift"},
        "prune-log": {"homestead-database-retention"},
    }


def test_two_runs_of_a_job_do_not_overlap_and_end() -> None:
    for job in cron_jobs("flats"):
        spec = job["spec"]
        assert spec["concurrencyPolicy"] == "Forbid"
        assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] > 0


def test_the_account_of_training_is_the_problem_s_own() -> None:
    assert pipeline_account("flats") == "train-flats"
    assert len(pipeline_account("x" * 63)) <= 63
