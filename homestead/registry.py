"""The model registry: one champion, the one before it, and nothing half-registered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from homestead.errors import UserError
from homestead.evaluation import check_certificate
from homestead.locks import exclusive
from homestead.onnx_model import Model
from homestead.release import Version
from homestead.settings import Settings
from homestead.tracking import TAG

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION, PREVIOUS = "champion", "previous"
_STATUS = f"{TAG}status"


@dataclass(frozen=True)
class Promotion:
    """How a registration ended: the certificate that holds now, and the version if promoted."""

    certificate: dict[str, Any]
    version: Version | None


def read_model(uri: str) -> bytes:
    """A model file's bytes.

    Raises:
        UserError: it can't be read.
    """
    import fsspec

    try:
        with fsspec.open(uri, "rb") as file:
            return bytes(file.read())
    except Exception as error:
        # Object stores raise errors of their own for rights, buckets and networks.
        raise UserError(f"model {uri}: can't be read: {error}") from None


def champion(mlflow: "MlflowClient", name: str) -> Version | None:
    """The registry's champion, or None where there is none yet."""
    return _aliased(mlflow, name, CHAMPION)


def _aliased(mlflow: "MlflowClient", name: str, alias: str) -> Version | None:
    from mlflow.exceptions import MlflowException

    try:
        found = mlflow.get_model_version_by_alias(name, alias)
    except MlflowException as error:
        # An alias that is not there is an invalid parameter to MLflow, a model a missing resource.
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise
        return None
    tags = found.tags
    return Version(version=str(found.version), digest=tags[f"{TAG}digest"], uri=tags[f"{TAG}uri"])


def promote(
    mlflow: "MlflowClient",
    settings: Settings,
    certificate: dict[str, Any],
    summary: dict[str, Any],
    lineage: dict[str, str],
    reevaluate: Callable[[Model, Version], dict[str, Any]],
    document: Callable[[dict[str, Any]], None],
) -> Promotion:
    """Register the certified model and make it champion.

    One promotion of a problem runs at a time. Where the champion has moved since the certificate
    was made, the winner is compared with the new one first. Run again after a kill, it ends the
    same: the version is found by its digest, and versions that were left half-way are removed.

    Args:
        summary: the candidate, from :func:`homestead.tracking.log_candidate`.
        lineage: tags of the version.
        reevaluate: makes the certificate against another champion.
        document: keeps certificate, snapshot and model card with the winner's run; it runs before
            the version can be seen.

    Raises:
        UserError: no certificate of this model that says 'promote'.
    """
    name = certificate["problem"]
    digest = summary["digest"]
    check_certificate(certificate, digest)
    with exclusive(settings, f"promote-{name}"):
        current = champion(mlflow, name)
        if current is not None and current.digest == digest:
            return Promotion(certificate, current)
        compared = (certificate["champion"] or {}).get("digest")
        if current is not None and current.digest != compared:
            certificate = reevaluate(Model(read_model(current.uri)), current)
            if certificate["decision"] != "promote":
                document(certificate)
                return Promotion(certificate, None)
        document(certificate)
        version = _version(mlflow, name, summary, lineage)
        if current is not None:
            mlflow.set_registered_model_alias(name, PREVIOUS, current.version)
        # From here on the new one is champion; all that comes before can be done again.
        mlflow.set_registered_model_alias(name, CHAMPION, version.version)
        mlflow.set_model_version_tag(name, version.version, _STATUS, "registered")
    return Promotion(certificate, version)


def _version(
    mlflow: "MlflowClient", name: str, summary: dict[str, Any], lineage: dict[str, str]
) -> Version:
    """The version of this digest, found or made."""
    from mlflow.exceptions import MlflowException

    try:
        mlflow.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    number = ""
    for known in mlflow.search_model_versions(f"name = '{name}'"):
        if known.tags.get(f"{TAG}digest") == summary["digest"]:
            number = str(known.version)
        elif known.tags.get(_STATUS) == "pending":
            mlflow.delete_model_version(name, known.version)
    if not number:
        tags = {
            **lineage,
            "digest": summary["digest"],
            "uri": summary["uri"],
            "candidate": summary["name"],
            "status": "pending",
        }
        made = mlflow.create_model_version(
            name,
            source=f"models:/{summary['model_id']}",
            run_id=summary["run_id"],
            model_id=summary["model_id"],
            tags={f"{TAG}{key}": value for key, value in tags.items()},
        )
        number = str(made.version)
    return Version(version=number, digest=summary["digest"], uri=summary["uri"])
