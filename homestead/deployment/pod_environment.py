"""Environment variables of our pods: which ConfigMap or Secret each comes from.

``manifests/base/settings`` and the Secrets of an overlay hold the values. The plain Job of
``manifests/base/pipeline`` sets the same variables as a pipeline step; a test compares the two.
"""

from typing import Any

# Variables by the key that holds their value, by the Secret.
SecretVariables = dict[str, dict[str, str]]

SETTINGS_CONFIG_MAP = "homestead-settings"
STORE_SECRETS: SecretVariables = {
    "homestead-database": {
        "homestead-url": "HOMESTEAD_DATABASE_URL",
        "feast-url": "HOMESTEAD_FEAST_REGISTRY",
    },
    "homestead-redis": {"url": "HOMESTEAD_REDIS"},
}
LOG_SECRETS: SecretVariables = {"homestead-log": {"key": "HOMESTEAD_LOG_KEY"}}
_S3_KEYS = {"access-key": "AWS_ACCESS_KEY_ID", "secret-key": "AWS_SECRET_ACCESS_KEY"}
# Servers may read models from S3, but not write there.
S3_READER_SECRETS: SecretVariables = {"homestead-s3-reader": _S3_KEYS}

# Settings have the same name as variables and as keys of the ConfigMap.
S3_SETTINGS = ("AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION")
PIPELINE_SETTINGS = (
    "MLFLOW_TRACKING_URI",
    "HOMESTEAD_MLFLOW_PAGES",
    "HOMESTEAD_RELEASE",
    *S3_SETTINGS,
)
PIPELINE_SECRETS: SecretVariables = {**STORE_SECRETS, "homestead-s3": _S3_KEYS}
# What pipeline steps need in the namespace that they run in.
PIPELINE_OBJECTS = (SETTINGS_CONFIG_MAP, *PIPELINE_SECRETS)


def secret_variables(secrets: SecretVariables) -> list[dict[str, Any]]:
    """Return ``env`` items of variables from Secrets."""
    return [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}
        for secret, names in secrets.items()
        for key, name in names.items()
    ]


def setting_variables(names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return ``env`` items of variables from the ConfigMap of settings."""
    return [
        {"name": name, "valueFrom": {"configMapKeyRef": {"name": SETTINGS_CONFIG_MAP, "key": name}}}
        for name in names
    ]
