"""The scheduled jobs of a problem, each with the accounts and labels of the stores it uses."""

from typing import Any

from homestead import __version__
from homestead.deployment.labels import problem_labels
from homestead.deployment.manifests import Manifest
from homestead.deployment.pod_environment import (
    JOB_STORES,
    LOG_SECRETS,
    SETTINGS_CONFIG_MAP,
    TRACKERS_SECRET,
    USES_TRACKERS,
    secret_variables,
    store_labels,
    store_secrets,
)
from homestead.deployment.pods.keys import SIGNING_KEY, VERIFY_KEYS, MountedKeys
from homestead.deployment.pods.problem_mount import PROBLEM_MOUNT, PROBLEM_VARIABLE, problem_volume
from homestead.deployment.pods.security import container_security, pod_security
from homestead.deployment.problems.scheduled_job import ScheduledJob
from homestead.deployment.problems.source_access import READS_SOURCE, source_secret
from homestead.deployment.server_pod import HOME_PATH, resources
from homestead.errors import UserError
from homestead.names import derived_name
from homestead.problem.sections.loop.scoring import Scoring

PIPELINE_IMAGE = f"homestead-pipeline:{__version__}"
# Kubernetes appends 11 characters to the names of a CronJob's jobs.
_MAX_CRON_JOB_NAME_LENGTH = 52


SCHEDULED_JOBS = (
    # The compiled pipeline in one pod. It releases only a better model, so it may run at any time.
    ScheduledJob(
        *("train", "0 3 * * 1", ("train",), ("500m", "1536Mi"), ("2", "4Gi")),
        deadline_s=3600,
        retries=1,
        reads_source=True,
        calls_kubernetes=True,
        verifies=True,
        signs=True,
    ),
    # One step of the release that is under way, if there is one. The next minute's is the retry.
    ScheduledJob(
        *("release", "* * * * *", ("release", "advance"), ("50m", "256Mi"), ("1", "1Gi")),
        deadline_s=240,
        starting_deadline_s=50,
        retries=0,
        calls_kubernetes=True,
        verifies=True,
    ),
    # Brings the newest rows of the source into the online store between two trainings.
    ScheduledJob(
        *("materialize", "15 * * * *", ("materialize",), ("200m", "768Mi"), ("1", "2Gi")),
        reads_source=True,
    ),
    # Servers expose the report from the database as metrics, which feed the alert: a job that
    # detects drift has therefore succeeded.
    ScheduledJob(
        "drift",
        "30 * * * *",
        ("drift", "--last", "5000", "--exit-zero"),
        ("200m", "512Mi"),
        ("1", "2Gi"),
    ),
    # As with drift, servers expose the report.
    ScheduledJob(
        *("performance", "45 * * * *", ("performance", "--exit-zero")),
        ("200m", "512Mi"),
        ("1", "2Gi"),
        verifies=True,
    ),
    # Trains in its own pod if something asks for it, or at the KFP_HOST of the settings. It starts
    # what training starts, with the same account. The next check is the retry.
    ScheduledJob(
        *("retrain", "*/10 * * * *", ("retrain", "check"), ("500m", "1536Mi"), ("2", "4Gi")),
        deadline_s=3600,
        starting_deadline_s=300,
        retries=0,
        reads_source=True,
        calls_kubernetes=True,
        verifies=True,
        signs=True,
        account="train",
    ),
    # Servers may not delete rows of the log. Without HOMESTEAD_LOG_DAYS they are kept forever.
    ScheduledJob("prune-log", "10 4 * * *", ("prune-log",), ("50m", "256Mi"), ("1", "512Mi")),
)


def cron_job_name(job: str, problem: str) -> str:
    """Return the name of a problem's CronJob, such as ``train-house-price``."""
    return derived_name(f"{job}-", problem, _MAX_CRON_JOB_NAME_LENGTH)


def pipeline_account(problem: str) -> str:
    """Return the name of the service account that starts a problem's releases."""
    return cron_job_name("train", problem)


def controller_account(problem: str) -> str:
    """Return the name of the service account that advances a problem's releases."""
    return cron_job_name("release", problem)


def cron_jobs(problem: str, scoring: Scoring | None = None) -> list[Manifest]:
    """Return the CronJobs of a problem.

    Args:
        scoring: what is scored at set times; None for nothing.

    Raises:
        UserError: no pod can reach what is to be scored, or where its answers go.
    """
    jobs = [*SCHEDULED_JOBS, *([] if scoring is None else [_scoring_job(scoring)])]
    return [_cron_job(job, problem) for job in jobs]


def _scoring_job(scoring: Scoring) -> ScheduledJob:
    for key, place in (("source", scoring.source), ("target", scoring.target)):
        if not place.startswith("s3://"):
            raise UserError(
                f"scoring.{key}: found {place}, allowed on a cluster is s3://, which pods reach"
            )
    return ScheduledJob(
        *("score", scoring.schedule, ("score",), ("500m", "1Gi"), ("2", "4Gi")),
        deadline_s=6 * 3600,
        # Each goes on where the one before it ended.
        retries=4,
        # Features of past times are computed from the problem's table.
        reads_source=scoring.features == "point-in-time",
        verifies=True,
        hashes=scoring.log,
    )


def _cron_job(job: ScheduledJob, problem: str) -> Manifest:
    labels = {"app.kubernetes.io/name": "homestead-pipeline", **problem_labels(problem)}
    access = store_labels(JOB_STORES[job.name]) | (READS_SOURCE if job.reads_source else {})
    access |= USES_TRACKERS if job.trains else {}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": cron_job_name(job.name, problem), "labels": labels},
        "spec": {
            "schedule": job.schedule,
            "timeZone": "Etc/UTC",
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": job.starting_deadline_s,
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {
                "metadata": {"labels": labels},
                "spec": {
                    "activeDeadlineSeconds": job.deadline_s,
                    "backoffLimit": job.retries,
                    "template": {
                        "metadata": {"labels": labels | access},
                        "spec": _pod(job, problem),
                    },
                },
            },
        },
    }


def _pod(job: ScheduledJob, problem: str) -> dict[str, Any]:
    variables: list[dict[str, Any]] = [{"configMapRef": {"name": SETTINGS_CONFIG_MAP}}]
    if job.reads_source:
        variables.append({"secretRef": {"name": source_secret(problem), "optional": True}})
    if job.trains:
        variables.append({"secretRef": {"name": TRACKERS_SECRET, "optional": True}})
    keys: list[MountedKeys] = [
        *([VERIFY_KEYS] if job.verifies else []),
        *([SIGNING_KEY] if job.signs else []),
    ]
    account = {}
    if job.calls_kubernetes:
        account = {"serviceAccountName": cron_job_name(job.account or job.name, problem)}
    return {
        **account,
        "automountServiceAccountToken": job.calls_kubernetes,
        "restartPolicy": "Never",
        "enableServiceLinks": False,
        "securityContext": pod_security(),
        "containers": [
            {
                "name": "homestead",
                "image": PIPELINE_IMAGE,
                "args": list(job.arguments),
                "envFrom": variables,
                "env": [
                    PROBLEM_VARIABLE,
                    {"name": "HOMESTEAD_HOME", "value": HOME_PATH},
                    *store_secrets(JOB_STORES[job.name]),
                    *(secret_variables(LOG_SECRETS) if job.hashes else []),
                ],
                "resources": resources(*job.requests, *job.limits),
                "securityContext": container_security(),
                "volumeMounts": [
                    {"name": "home", "mountPath": HOME_PATH},
                    {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108
                    PROBLEM_MOUNT,
                    *(key.mount for key in keys),
                ],
            }
        ],
        "volumes": [
            {"name": "home", "emptyDir": {"sizeLimit": "4Gi"}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "2Gi"}},
            problem_volume(problem),
            *(key.volume for key in keys),
        ],
    }
