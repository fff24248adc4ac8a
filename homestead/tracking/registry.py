"""The model registry: one champion, the one before it, and nothing half-registered."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from homestead.database.locks import exclusive_lock
from homestead.evaluation.gate import check_certificate
from homestead.model.onnx_model import Model, read_model
from homestead.names import CHALLENGER, CHAMPION, PREVIOUS, TAG_PREFIX
from homestead.release.plan import ModelVersion
from homestead.settings import Settings

if TYPE_CHECKING:
    from mlflow import MlflowClient

_STATUS = f"{TAG_PREFIX}status"


@dataclass(frozen=True)
class Promotion:
    """How a registration ended: the certificate that holds now, and the version if promoted."""

    certificate: dict[str, Any]
    version: ModelVersion | None


def champion(mlflow: "MlflowClient", name: str) -> ModelVersion | None:
    """The registry's champion, or None where there is none yet."""
    return _aliased(mlflow, name, CHAMPION)


def _aliased(mlflow: "MlflowClient", name: str, alias: str) -> ModelVersion | None:
    from mlflow.exceptions import MlflowException

    try:
        found = mlflow.get_model_version_by_alias(name, alias)
    except MlflowException as error:
        # An alias that is not there is an invalid parameter to MLflow, a model a missing resource.
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise
        return None
    return _as_version(found)


def _as_version(found: Any) -> ModelVersion:
    tags = found.tags
    return ModelVersion(
        version=str(found.version),
        digest=tags[f"{TAG_PREFIX}digest"],
        uri=tags[f"{TAG_PREFIX}uri"],
        created=datetime.fromtimestamp(found.creation_timestamp / 1000, UTC),
    )


def promote(
    mlflow: "MlflowClient",
    settings: Settings,
    certificate: dict[str, Any],
    summary: dict[str, Any],
    lineage: dict[str, str],
    reevaluate: Callable[[Model, ModelVersion], dict[str, Any]],
    document: Callable[[dict[str, Any], str], None],
) -> Promotion:
    """Register the certified model and make it champion.

    One promotion of a problem runs at a time. Where the champion has moved since the certificate
    was made, the winner is compared with the new one first. Run again after a kill, it ends the
    same: the version is found by its digest, and versions that were left half-way are removed.

    Args:
        summary: the candidate, from :func:`homestead.tracking.runs.log_candidate`.
        lineage: tags of the version.
        reevaluate: makes the certificate against another champion.
        document: keeps certificate, snapshot and model card with the run whose id it is given,
            the version's; it runs before the version can be seen.

    Raises:
        UserError: no certificate of this model that says 'promote'.
    """
    name = certificate["problem"]
    digest = summary["digest"]
    check_certificate(certificate, digest)
    with exclusive_lock(settings, f"promote-{name}"):
        current = champion(mlflow, name)
        if current is not None:
            _settle(mlflow, name, current)
        if current is not None and current.digest == digest:
            return Promotion(certificate, current)
        compared = (certificate["champion"] or {}).get("digest")
        if current is not None and current.digest != compared:
            certificate = reevaluate(read_model(current.uri, current.digest), current)
            if certificate["decision"] != "promote":
                return Promotion(certificate, None)
        known = _known(mlflow, name, digest)
        document(certificate, known.run_id if known else summary["run_id"])
        version = _as_version(known or _make(mlflow, name, summary, lineage))
        mlflow.set_registered_model_alias(name, CHALLENGER, version.version)
        if current is not None:
            mlflow.set_registered_model_alias(name, PREVIOUS, current.version)
        # From here on the new one is champion; all that comes before can be done again.
        mlflow.set_registered_model_alias(name, CHAMPION, version.version)
        _settle(mlflow, name, version)
    return Promotion(certificate, version)


def _settle(mlflow: "MlflowClient", name: str, version: ModelVersion) -> None:
    """Finish a champion's registration, which a kill may have cut short."""
    challenger = _aliased(mlflow, name, CHALLENGER)
    if challenger is not None and challenger.version == version.version:
        mlflow.delete_registered_model_alias(name, CHALLENGER)
    mlflow.set_model_version_tag(name, version.version, _STATUS, "registered")


def _known(mlflow: "MlflowClient", name: str, digest: str) -> Any:
    """The version of this digest or None; versions that others left half-way are removed."""
    from mlflow.exceptions import MlflowException

    try:
        mlflow.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    found = None
    for version in mlflow.search_model_versions(f"name = '{name}'"):
        if version.tags.get(f"{TAG_PREFIX}digest") == digest:
            found = version
        elif version.tags.get(_STATUS) == "pending":
            mlflow.delete_model_version(name, version.version)
    return found


def _make(
    mlflow: "MlflowClient", name: str, summary: dict[str, Any], lineage: dict[str, str]
) -> Any:
    tags = {
        **lineage,
        "digest": summary["digest"],
        "uri": summary["uri"],
        "candidate": summary["name"],
        "status": "pending",
    }
    return mlflow.create_model_version(
        name,
        source=f"models:/{summary['model_id']}",
        run_id=summary["run_id"],
        model_id=summary["model_id"],
        tags={f"{TAG_PREFIX}{key}": value for key, value in tags.items()},
    )
