"""What a step gets on a cluster: resources, time, rights, settings and secrets.

The local runner takes no notice of it.
"""

from dataclasses import dataclass

from kfp import kubernetes
from kfp.dsl import PipelineTask

from homestead.names import USER_ID

# Both tell the same story as manifests/base/pipeline/job.yaml.
_SETTINGS = (
    "MLFLOW_TRACKING_URI",
    "HOMESTEAD_RELEASE",
    "AWS_ENDPOINT_URL",
    "AWS_DEFAULT_REGION",
)
_SECRETS = {
    "homestead-database": {
        "homestead-url": "HOMESTEAD_DATABASE_URL",
        "feast-url": "HOMESTEAD_FEAST_REGISTRY",
    },
    "homestead-redis": {"url": "HOMESTEAD_REDIS"},
    "homestead-s3": {"access-key": "AWS_ACCESS_KEY_ID", "secret-key": "AWS_SECRET_ACCESS_KEY"},
}


@dataclass(frozen=True)
class TaskResources:
    """Requests and limits of a step (CPU in cores, memory), and how long it may take."""

    cpu: tuple[str, str]
    memory: tuple[str, str]
    minutes: int = 30


SMALL = TaskResources(("100m", "1"), ("512Mi", "1Gi"))
MEDIUM = TaskResources(("250m", "1"), ("1Gi", "2Gi"))
LARGE = TaskResources(("500m", "2"), ("1Gi", "4Gi"), minutes=120)


def configure_task(
    task: PipelineTask, size: TaskResources = SMALL, cached: bool = True
) -> PipelineTask:
    """The task, with all that a cluster should know of it.

    Args:
        cached: whether an earlier result for the same inputs and image may stand for it; not for a
            step that changes something outside of the pipeline.
    """
    task.set_cpu_request(size.cpu[0]).set_cpu_limit(size.cpu[1])
    task.set_memory_request(size.memory[0]).set_memory_limit(size.memory[1])
    # For a lost pod; a step that fails of itself would fail again.
    task.set_retry(num_retries=2, backoff_duration="30s", backoff_factor=2)
    task.set_caching_options(cached)
    kubernetes.set_timeout(task, 60 * size.minutes)
    kubernetes.set_image_pull_policy(task, "IfNotPresent")
    kubernetes.set_security_context(
        task, run_as_user=USER_ID, run_as_group=USER_ID, run_as_non_root=True
    )
    kubernetes.add_node_selector(task, "kubernetes.io/os", "linux")
    kubernetes.add_pod_label(task, "app.kubernetes.io/name", "homestead-pipeline")
    kubernetes.use_config_map_as_env(task, "homestead-settings", {name: name for name in _SETTINGS})
    for secret, variables in _SECRETS.items():
        kubernetes.use_secret_as_env(task, secret, variables)
    return task
