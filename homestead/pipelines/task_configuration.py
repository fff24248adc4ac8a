"""Configuration of a step's pod on a cluster: resources, time limit, rights, settings and secrets.

The local runner ignores it.
"""

from dataclasses import dataclass

from kfp import kubernetes
from kfp.dsl import PipelineTask
from kfp.dsl.pipeline_channel import PipelineParameterChannel

from homestead.deployment.pod_environment import (
    PIPELINE_STORES,
    SETTINGS_CONFIG_MAP,
    SPARK_CONFIG_MAP,
    SPARK_MASTER,
    TRACKER_VARIABLES,
    TRACKERS_SECRET,
    USES_TRACKERS,
    Store,
    store_labels,
)
from homestead.deployment.pods.keys import MountedKeys
from homestead.deployment.problems.source_access import SOURCE_VARIABLES
from homestead.names import USER_ID


@dataclass(frozen=True)
class TaskResources:
    """Resources of a step's pod, as Kubernetes quantities, and its time limit."""

    cpu_request: str
    cpu_limit: str
    memory_request: str
    memory_limit: str
    timeout_minutes: int = 30


SMALL = TaskResources("100m", "1", "512Mi", "1Gi")
MEDIUM = TaskResources("250m", "1", "1Gi", "2Gi")
LARGE = TaskResources("500m", "2", "1Gi", "4Gi", timeout_minutes=120)


def configure_task(
    task: PipelineTask,
    resources: TaskResources = SMALL,
    *,
    stores: tuple[Store, ...] = (),
    source_secret: PipelineParameterChannel | None = None,
    keys: tuple[MountedKeys, ...] = (),
    settings: tuple[str, ...] = (),
    spark: tuple[str, ...] = (),
    tracked: bool = False,
    cached: bool = True,
) -> PipelineTask:
    """Configure a task's pod and return the task.

    Args:
        stores: what the step reads or writes; its pod gets accounts and labels for these alone.
        source_secret: name of the Secret with the source's account, for a step that reads the
            source; the step also runs without it.
        keys: with which it signs certificates, or verifies them.
        settings: variables from the ConfigMap of settings beside those of its stores.
        spark: variables from the ConfigMap of Spark, which may be missing; then the step computes
            on its own cores. With a master it may start executors through the Kubernetes API.
        tracked: whether it tells other trackers of the run; it also runs without their Secret.
        cached: whether an earlier result for the same inputs and image may replace it; False for a
            step that changes anything outside the pipeline.
    """
    task.set_cpu_request(resources.cpu_request).set_cpu_limit(resources.cpu_limit)
    task.set_memory_request(resources.memory_request).set_memory_limit(resources.memory_limit)
    # For lost pods only: a step that failed by itself would fail again.
    task.set_retry(num_retries=2, backoff_duration="30s", backoff_factor=2)
    task.set_caching_options(cached)
    kubernetes.set_timeout(task, 60 * resources.timeout_minutes)
    kubernetes.set_image_pull_policy(task, "IfNotPresent")
    kubernetes.set_security_context(
        task, run_as_user=USER_ID, run_as_group=USER_ID, run_as_non_root=True
    )
    kubernetes.add_node_selector(task, "kubernetes.io/os", "linux")
    kubernetes.add_pod_label(task, "app.kubernetes.io/name", "homestead-pipeline")
    accesses = tuple(PIPELINE_STORES[store] for store in stores)
    for label, value in store_labels(accesses).items():
        kubernetes.add_pod_label(task, label, value)
    for access in accesses:
        for secret, variables in access.secrets.items():
            kubernetes.use_secret_as_env(task, secret, variables)
    for key in keys:
        kubernetes.use_secret_as_volume(task, key.secret, mount_path=key.folder)
    names = [name for access in accesses for name in access.settings]
    names += [*(key.variable for key in keys), *settings]
    if variables := {name: name for name in names}:
        kubernetes.use_config_map_as_env(task, SETTINGS_CONFIG_MAP, variables)
    if spark:
        variables = {name: name for name in spark}
        kubernetes.use_config_map_as_env(task, SPARK_CONFIG_MAP, variables, optional=True)
    if SPARK_MASTER in spark:
        for label, value in store_labels((PIPELINE_STORES["kubernetes"],)).items():
            kubernetes.add_pod_label(task, label, value)
    if tracked:
        variables = {name: name for name in TRACKER_VARIABLES}
        kubernetes.use_secret_as_env(task, TRACKERS_SECRET, variables, optional=True)
        for label, value in USES_TRACKERS.items():
            kubernetes.add_pod_label(task, label, value)
    if source_secret is not None:
        kubernetes.use_secret_as_env(
            task, source_secret, {name: name for name in SOURCE_VARIABLES}, optional=True
        )
    return task
