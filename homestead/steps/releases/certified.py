"""What must be proven of a version before it is released."""

from mlflow import MlflowClient

from homestead.errors import UserError
from homestead.model.onnx_model import read_model
from homestead.release.plan import ModelVersion
from homestead.settings import Settings
from homestead.steps.releases.certificates import certified_version, verify_version


class ReleaseRefusedError(UserError):
    """The version may not be released; nothing changed."""


def require_certified(
    mlflow: MlflowClient, settings: Settings, name: str, version: ModelVersion
) -> ModelVersion:
    """Return a version with its certificate, which promotes it.

    Raises:
        UserError: the model file is not the registered one, or has no certificate that promotes
            it.
    """
    read_model(version.uri, version.digest)
    return certified_version(mlflow, settings, name, version)


def require_certified_against(
    mlflow: MlflowClient,
    settings: Settings,
    name: str,
    version: ModelVersion,
    champion: ModelVersion | None,
) -> ModelVersion:
    """Return a version with its certificate, which promotes it in place of the champion.

    Raises:
        ReleaseRefusedError: the certificate compares it with another champion.
        UserError: as :func:`require_certified`.
    """
    version = require_certified(mlflow, settings, name, version)
    compared = verify_version(settings, name, version, None).champion_digest
    if compared != (None if champion is None else champion.digest):
        present = "gone" if champion is None else f"version {champion.version}"
        raise ReleaseRefusedError(
            f"version {version.version}: its certificate compares it with {_named(compared)}, but"
            f" the champion is {present}; homestead train compares it again"
        )
    return version


def _named(digest: str | None) -> str:
    return "no champion" if digest is None else f"model {digest[:12]}"
