"""Model registry: one champion, its predecessor, and no half-registered version."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion as RegisteredVersion
from mlflow.exceptions import MlflowException

from homestead.database.locks import exclusive_lock
from homestead.errors import UserError
from homestead.evaluation.certificate import Certificate
from homestead.model.onnx_model import Model, read_model
from homestead.names import CHALLENGER, CHAMPION
from homestead.release.plan import ModelVersion
from homestead.settings import Settings
from homestead.tracking import tags
from homestead.tracking.lineage import Lineage
from homestead.training.candidate_summary import CandidateSummary

_PENDING, _REGISTERED = "pending", "registered"  # values of the tag ``status``
_LOGGED_MODEL = "models:/"


@dataclass(frozen=True)
class Registration:
    """Outcome of a registration.

    Attributes:
        certificate: the one that holds now; a new one if the champion had changed.
        version: the registered version; None if the winner was not registered.
    """

    certificate: Certificate
    version: ModelVersion | None


def champion(mlflow: MlflowClient, name: str) -> ModelVersion | None:
    """Return the champion of the registered model ``name``, or None if there is none yet."""
    registered = _aliased(mlflow, name, CHAMPION)
    return None if registered is None else _as_version(registered)


def challenger(mlflow: MlflowClient, name: str) -> ModelVersion | None:
    """Return the version that is to be released or is under way, or None if there is none."""
    registered = _aliased(mlflow, name, CHALLENGER)
    return None if registered is None else _as_version(registered)


def version_of_number(mlflow: MlflowClient, name: str, version: str) -> ModelVersion:
    """Return a registered version.

    Raises:
        UserError: there is none of that number; the message names those that there are.
    """
    registered = versions(mlflow, name)
    for found in registered:
        if found.version == version:
            return found
    allowed = ", ".join(found.version for found in registered)
    allowed = allowed or "none, homestead train registers one"
    raise UserError(f"{name}: found no version {version!r}, allowed are: {allowed}")


def version_of_digest(mlflow: MlflowClient, name: str, digest: str) -> ModelVersion | None:
    """Return the registered version of a model file, or None if there is none."""
    versions = mlflow.search_model_versions(f"name = '{name}'")
    matching = [version for version in versions if version.tags.get(tags.DIGEST) == digest]
    return _as_version(matching[0]) if matching else None


def problems(mlflow: MlflowClient) -> list[str]:
    """Return the names of the registered models, one for each problem."""
    return [str(model.name) for model in mlflow.search_registered_models()]


def versions(mlflow: MlflowClient, name: str) -> list[ModelVersion]:
    """Return the registered versions, the oldest first, without half-registered ones."""
    registered = [
        version
        for version in mlflow.search_model_versions(f"name = '{name}'")
        if version.tags.get(tags.STATUS) == _REGISTERED
    ]
    return sorted(map(_as_version, registered), key=lambda version: int(version.version))


def logged_model_id(mlflow: MlflowClient, name: str, version: str) -> str:
    """Return MLflow's id of the logged model that holds a version's file."""
    # The store does not keep the field model_id.
    return str(mlflow.get_model_version(name, version).source).removeprefix(_LOGGED_MODEL)


def version_run_id(mlflow: MlflowClient, name: str, version: str) -> str:
    """Return the id of the run that holds a version's certificate, model card and snapshot."""
    return str(mlflow.get_model_version(name, version).run_id)


def _aliased(mlflow: MlflowClient, name: str, alias: str) -> RegisteredVersion | None:
    try:
        return mlflow.get_model_version_by_alias(name, alias)
    except MlflowException as error:
        # MLflow calls a missing alias an invalid parameter, a missing model a missing resource.
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise
        return None


def _as_version(registered: RegisteredVersion) -> ModelVersion:
    return ModelVersion(
        version=str(registered.version),
        digest=registered.tags[tags.DIGEST],
        uri=registered.tags[tags.URI],
        certificate=registered.tags.get(tags.CERTIFICATE),
        created=datetime.fromtimestamp(registered.creation_timestamp / 1000, UTC),
    )


def register_challenger(
    mlflow: MlflowClient,
    settings: Settings,
    certificate: Certificate,
    candidate: CandidateSummary,
    lineage: Lineage,
    reevaluate: Callable[[Model, ModelVersion], Certificate],
    write_documents: Callable[[str], str],
) -> Registration:
    """Register the certified model, which becomes the challenger; a release makes it champion.

    One registration of a problem runs at a time. If the champion has changed since the certificate
    was issued, the winner is first compared with the new one. A repetition after a kill gives the
    same result: the version is found by its digest, and half-registered versions are removed.

    Args:
        lineage: becomes tags of the version.
        reevaluate: issues a certificate against another champion.
        write_documents: stores certificate, model card and snapshot in the run whose id it is
            given, the version's, and returns the URI of the signed certificate; it is called
            before the version becomes visible.

    Raises:
        UserError: the certificate does not promote this model.
    """
    name = certificate.problem
    certificate.require_promotion_of(candidate.digest)
    with exclusive_lock(settings, f"register-{name}"):
        current = champion(mlflow, name)
        if current is not None:
            # A kill may have interrupted its registration.
            mlflow.set_model_version_tag(name, current.version, tags.STATUS, _REGISTERED)
            if current.digest == candidate.digest:
                return Registration(certificate, current)
            if certificate.champion is None or certificate.champion.digest != current.digest:
                certificate = reevaluate(read_model(current.uri, current.digest), current)
                if certificate.decision != "promote":
                    return Registration(certificate, None)
        registered = _find_version(mlflow, name, candidate.digest)
        run_id = candidate.run_id if registered is None else str(registered.run_id)
        certificate_uri = write_documents(run_id)
        if registered is None:
            registered = _create_version(mlflow, name, candidate, lineage)
        version = certify_version(mlflow, name, _as_version(registered), certificate_uri)
        mlflow.set_model_version_tag(name, version.version, tags.STATUS, _REGISTERED)
        mlflow.set_registered_model_alias(name, CHALLENGER, version.version)
    return Registration(certificate, version)


def aliases(mlflow: MlflowClient, name: str) -> dict[str, str]:
    """Return the version by alias; nothing before the first registration."""
    try:
        registered = mlflow.get_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return {}
    return {alias: str(version) for alias, version in registered.aliases.items()}


def set_aliases(mlflow: MlflowClient, name: str, wanted: Mapping[str, str | None]) -> list[str]:
    """Move aliases, in the given order; return those that were not as wanted.

    Args:
        wanted: version by alias; None for an alias that is to be removed.
    """
    found = aliases(mlflow, name)
    changed = [alias for alias, version in wanted.items() if found.get(alias) != version]
    for alias in changed:
        version = wanted[alias]
        if version is None:
            mlflow.delete_registered_model_alias(name, alias)
        else:
            mlflow.set_registered_model_alias(name, alias, version)
    return changed


def describe_version(
    mlflow: MlflowClient, name: str, version: str, description: str, version_tags: Mapping[str, str]
) -> None:
    """Set a version's description and tags, where they are not so already."""
    registered = mlflow.get_model_version(name, version)
    for key, value in version_tags.items():
        if registered.tags.get(key) != value:
            mlflow.set_model_version_tag(name, version, key, value)
    if registered.description != description:
        mlflow.update_model_version(name, version, description)


def certify_version(
    mlflow: MlflowClient, name: str, version: ModelVersion, certificate_uri: str
) -> ModelVersion:
    """Record where a version's signed certificate is; return the version with it."""
    if version.certificate != certificate_uri:
        mlflow.set_model_version_tag(name, version.version, tags.CERTIFICATE, certificate_uri)
    return version.model_copy(update={"certificate": certificate_uri})


def _find_version(mlflow: MlflowClient, name: str, digest: str) -> RegisteredVersion | None:
    """Return the version with this digest, or None; remove other half-registered versions."""
    try:
        mlflow.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    matching = None
    for version in mlflow.search_model_versions(f"name = '{name}'"):
        if version.tags.get(tags.DIGEST) == digest:
            matching = version
        elif version.tags.get(tags.STATUS) == _PENDING:
            mlflow.delete_model_version(name, version.version)
    return matching


def _create_version(
    mlflow: MlflowClient, name: str, candidate: CandidateSummary, lineage: Lineage
) -> RegisteredVersion:
    return mlflow.create_model_version(
        name,
        source=f"{_LOGGED_MODEL}{candidate.model_id}",
        run_id=candidate.run_id,
        model_id=candidate.model_id,
        tags={
            **lineage.tags(),
            tags.DIGEST: candidate.digest,
            tags.URI: candidate.uri,
            tags.CANDIDATE: candidate.name,
            tags.STATUS: _PENDING,
        },
    )
