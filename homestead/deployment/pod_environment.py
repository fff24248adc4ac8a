"""Environment variables and labels of our pods, by the stores that a pod uses.

Each pod gets the addresses, the account and the label of the stores that it uses, and no others:
network policies let a pod reach a store by its label. ``manifests/base/settings`` and the Secrets
of an overlay hold the values.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from homestead.deployment.pods.keys import SIGNING_KEY, VERIFY_KEYS

# Variables by the key that holds their value, by the Secret.
SecretVariables = dict[str, dict[str, str]]
Store = Literal[
    "database", "database-server", "features", "kubernetes", "mlflow", "redis", "s3", "s3-reader"
]

SETTINGS_CONFIG_MAP = "homestead-settings"
# Of pipelines whose steps compute on executors: it may be missing, and so may each setting.
SPARK_CONFIG_MAP = "homestead-spark"
# What a model follows from, and what a driver needs beside it.
SPARK_MODEL_SETTINGS = ("HOMESTEAD_ENGINE", "HOMESTEAD_BOOSTING_WORKERS")
SPARK_MASTER = "HOMESTEAD_SPARK_MASTER"
SPARK_SETTINGS = (*SPARK_MODEL_SETTINGS, SPARK_MASTER, "HOMESTEAD_SPARK_OPTIONS")
# Settings have the same name as variables and as keys of the ConfigMap.
_S3_SETTINGS = ("AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION")
_S3_KEYS = {"access-key": "AWS_ACCESS_KEY_ID", "secret-key": "AWS_SECRET_ACCESS_KEY"}


@dataclass(frozen=True)
class StoreAccess:
    """What a pod needs to use a store.

    Attributes:
        label: of the network policies; '' if another label covers it.
        secrets: variables from Secrets.
        settings: variables from the ConfigMap of settings.
    """

    label: str
    secrets: SecretVariables
    settings: tuple[str, ...] = ()


PIPELINE_STORES: dict[Store, StoreAccess] = {
    "database": StoreAccess(
        "database", {"homestead-database": {"homestead-url": "HOMESTEAD_DATABASE_URL"}}
    ),
    # The account that may add rows to the prediction log.
    "database-server": StoreAccess(
        "database", {"homestead-database-server": {"url": "HOMESTEAD_DATABASE_URL"}}
    ),
    # Feast's registry, which only a materialization writes.
    "features": StoreAccess(
        "database", {"homestead-database": {"feast-url": "HOMESTEAD_FEAST_REGISTRY"}}
    ),
    "redis": StoreAccess("redis", {"homestead-redis": {"url": "HOMESTEAD_REDIS"}}),
    "mlflow": StoreAccess("mlflow", {}, ("MLFLOW_TRACKING_URI", "HOMESTEAD_MLFLOW_PAGES")),
    "s3": StoreAccess("s3", {"homestead-s3": _S3_KEYS}, _S3_SETTINGS),
    "s3-reader": StoreAccess("s3", {"homestead-s3-reader": _S3_KEYS}, _S3_SETTINGS),
    # The release plan is written through the Kubernetes API.
    "kubernetes": StoreAccess("kubernetes", {}, ("HOMESTEAD_RELEASE",)),
}
# Servers insert into the prediction log, and otherwise only read.
SERVER_STORES = (
    PIPELINE_STORES["database-server"],
    StoreAccess("redis", {"homestead-redis-reader": {"url": "HOMESTEAD_REDIS"}}),
    PIPELINE_STORES["s3-reader"],
    # They watch the release plan.
    PIPELINE_STORES["kubernetes"],
)
_S3_DRIFT = StoreAccess("s3", {"homestead-s3-drift": _S3_KEYS}, _S3_SETTINGS)
_S3_RELEASE = StoreAccess("s3", {"homestead-s3-release": _S3_KEYS}, _S3_SETTINGS)


def _database(account: str) -> StoreAccess:
    """Return access to the database as the account of a part."""
    return StoreAccess(
        "database", {f"homestead-database-{account}": {"url": "HOMESTEAD_DATABASE_URL"}}
    )


# Kubeflow's API, where runs are submitted if KFP_HOST is set.
_KUBEFLOW = StoreAccess("kubeflow", {})
# The stores of the scheduled jobs. The drift check reads the log and the models, and adds reports.
JOB_STORES: dict[str, tuple[StoreAccess, ...]] = {
    "train": tuple(
        PIPELINE_STORES[store]
        for store in ("database", "features", "redis", "mlflow", "s3", "kubernetes")
    ),
    "materialize": tuple(
        PIPELINE_STORES[store] for store in ("database", "features", "redis", "s3-reader")
    ),
    "drift": (_database("drift"), PIPELINE_STORES["mlflow"], _S3_DRIFT),
    "performance": (_database("drift"), PIPELINE_STORES["mlflow"], _S3_DRIFT),
    "prune-log": (_database("retention"),),
    # It reads the log, and adds a report to the challenger's run.
    "release": (
        _database("release"),
        PIPELINE_STORES["mlflow"],
        _S3_RELEASE,
        PIPELINE_STORES["kubernetes"],
    ),
}
# Rows of a batch are logged with the rights of a server, and written beside the source.
JOB_STORES["score"] = (
    SERVER_STORES[0],
    SERVER_STORES[1],
    PIPELINE_STORES["mlflow"],
    PIPELINE_STORES["s3"],
)
JOB_STORES["retrain"] = (*JOB_STORES["train"], _KUBEFLOW)
# Of the ports that take labels and alerts: the account of one adds labels, of the other causes.
INTAKE_STORES: dict[str, tuple[StoreAccess, ...]] = {
    name: (_database(name),) for name in ("labels", "alerts")
}
LABELS_SECRETS: SecretVariables = {"homestead-labels": {"token": "HOMESTEAD_LABELS_TOKEN"}}
ALERTS_SECRETS: SecretVariables = {"homestead-alerts": {"token": "HOMESTEAD_ALERTS_TOKEN"}}
# Where the prediction log is, beside the database. Jobs have all settings.
LOG_SETTING = "HOMESTEAD_LOG_URI"
LOG_SECRETS: SecretVariables = {"homestead-log": {"key": "HOMESTEAD_LOG_KEY"}}
# Without this Secret, feedback needs no token.
FEEDBACK_SECRETS: SecretVariables = {"homestead-feedback": {"token": "HOMESTEAD_FEEDBACK_TOKEN"}}
# Of trackers beside MLflow: one Secret, which may be missing, with variables of these names.
TRACKERS_SECRET = "homestead-trackers"  # noqa: S105 - a name
TRACKER_VARIABLES = (
    *("OPENLINEAGE_URL", "OPENLINEAGE_ENDPOINT", "OPENLINEAGE_API_KEY", "OPENLINEAGE_NAMESPACE"),
    *("WANDB_API_KEY", "WANDB_BASE_URL", "WANDB_ENTITY", "WANDB_PROJECT"),
)
# By which a network policy of the deployment may let pods reach them; ours let them reach nothing.
USES_TRACKERS = {"homestead/uses-trackers": "true"}
# What pipeline steps need in the namespace that they run in.
PIPELINE_OBJECTS = (
    SETTINGS_CONFIG_MAP,
    *(secret for access in PIPELINE_STORES.values() for secret in access.secrets),
    SIGNING_KEY.secret,
    VERIFY_KEYS.secret,
)


def store_labels(stores: tuple[StoreAccess, ...]) -> dict[str, str]:
    """Return the labels by which network policies let a pod reach its stores."""
    return {f"homestead/uses-{access.label}": "true" for access in stores}


def store_variables(stores: tuple[StoreAccess, ...]) -> list[dict[str, Any]]:
    """Return ``env`` items of the addresses and accounts of stores."""
    names = [name for access in stores for name in access.settings]
    return store_secrets(stores) + setting_variables(names)


def setting_variables(names: Iterable[str]) -> list[dict[str, Any]]:
    """Return ``env`` items of settings."""
    return [
        {"name": name, "valueFrom": {"configMapKeyRef": {"name": SETTINGS_CONFIG_MAP, "key": name}}}
        for name in names
    ]


def store_secrets(stores: tuple[StoreAccess, ...]) -> list[dict[str, Any]]:
    """Return ``env`` items of the accounts of stores."""
    return [item for access in stores for item in secret_variables(access.secrets)]


def secret_variables(secrets: SecretVariables, *, optional: bool = False) -> list[dict[str, Any]]:
    """Return ``env`` items of variables from Secrets.

    Args:
        optional: whether a pod starts without the Secrets, and without their variables.
    """
    mark = {"optional": True} if optional else {}
    return [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key, **mark}}}
        for secret, names in secrets.items()
        for key, name in names.items()
    ]
