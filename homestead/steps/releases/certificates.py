"""Certificates of registered versions: verified before a release, signed where they are not yet.

Versions that an earlier version of Homestead registered have a certificate without a signature.
"""

from collections.abc import Callable

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from homestead.errors import UserError
from homestead.evaluation.certificate import Certificate
from homestead.evaluation.signed_certificate import SignedCertificate
from homestead.files import read_uri
from homestead.model.onnx_model import read_model
from homestead.names import CERTIFICATE_FILE
from homestead.release.plan import ModelVersion, ReleasePlan
from homestead.release.plan_store import open_plan_store
from homestead.settings import Settings
from homestead.signing.key_files import open_signing_key, read_verify_keys
from homestead.signing.model_certificate import (
    SignedPredicate,
    require_certificate,
    require_named_content,
    verify_certificate,
)
from homestead.tracking import registry, runs
from homestead.tracking.certificates import store_certificate


def verify_version(
    settings: Settings, problem: str, version: ModelVersion, champion_digest: str | None
) -> SignedPredicate:
    """Return the certificate that lets a version answer requests.

    Args:
        champion_digest: SHA-256 of the champion that it is to replace; None for a version that is
            the champion itself, or the first one.

    Raises:
        UserError: it has none, or not one that is signed by a trusted key, promotes this model and
            was issued against this champion.
    """
    uri = require_certificate(version.certificate, version.version)
    envelope = read_uri(uri)
    require_named_content(envelope, uri)
    return verify_certificate(
        envelope,
        read_verify_keys(settings),
        origin=uri,
        problem=problem,
        model_digest=version.digest,
        champion_digest=champion_digest,
    )


def read_certificate(
    mlflow: MlflowClient, problem: str, version: ModelVersion
) -> Certificate | None:
    """Return what a version's certificate says, unverified; None if it cannot be read now."""
    try:
        run_id = registry.version_run_id(mlflow, problem, version.version)
        text = runs.read_text(mlflow, run_id, CERTIFICATE_FILE)
        return Certificate.from_json(text, f"run {run_id}: {CERTIFICATE_FILE}")
    except (MlflowException, UserError, OSError):
        return None


def certified_version(
    mlflow: MlflowClient,
    settings: Settings,
    problem: str,
    version: ModelVersion,
    champion_digest: str | None = None,
) -> ModelVersion:
    """Return a registered version with its certificate, which is verified; sign an earlier one.

    Args:
        champion_digest: as in :func:`verify_version`.

    Raises:
        UserError: as :func:`verify_version`; or the certificate or the file of a version that an
            earlier version of Homestead registered is not the registered one.
    """
    if version.certificate is None:
        version = _certify(mlflow, settings, problem, version)
    verify_version(settings, problem, version, champion_digest)
    return version


def certify_problem(problem: str, settings: Settings, report: Callable[[str], None]) -> None:
    """Sign certificates of registered versions that have no signature; let the plan name them.

    Each must be that of its version's digest, as must be the model's file. A version for which
    that is not so stays without one, is reported, and cannot be released. Which versions answer
    which requests stays the same.

    Raises:
        UserError: the plan cannot be read or written, or there is no key to sign with.
    """
    mlflow = runs.open_client(settings)
    open_signing_key(settings)
    for version in registry.versions(mlflow, problem):
        if version.certificate is None:
            try:
                _certify(mlflow, settings, problem, version)
            except UserError as error:
                report(f"{problem}: version {version.version} stays without certificate: {error}")
            else:
                report(f"{problem}: the certificate of version {version.version} is signed")
    store = open_plan_store(settings, problem)
    plan = store.read()
    if plan is not None and not plan.is_certified:
        certified = _with_certificates(plan, registry.versions(mlflow, problem))
        if certified != plan:
            store.write(certified, expected=plan)
            report(f"{problem}: the release plan names its versions' certificates")


def certify_plan(problem: str, settings: Settings, report: Callable[[str], None]) -> None:
    """Do the same, but only if an earlier version of Homestead wrote the plan.

    Raises:
        UserError: as :func:`certify_problem`.
    """
    plan = open_plan_store(settings, problem).read()
    if plan is not None and not plan.is_certified:
        certify_problem(problem, settings, report)


def _with_certificates(plan: ReleasePlan, registered: list[ModelVersion]) -> ReleasePlan:
    certificates = {(v.version, v.digest): v.certificate for v in registered}
    changes = {
        role: version.model_copy(
            update={"certificate": certificates.get((version.version, version.digest))}
        )
        for role, version in (("champion", plan.champion), ("challenger", plan.challenger))
        if version is not None and version.certificate is None
    }
    return plan.model_copy(update=changes)


def _certify(
    mlflow: MlflowClient, settings: Settings, problem: str, version: ModelVersion
) -> ModelVersion:
    """Sign a version's certificate, and return the version with it.

    Raises:
        UserError: the certificate or the file is not the registered one.
    """
    read_model(version.uri, version.digest)
    run_id = registry.version_run_id(mlflow, problem, version.version)
    text = runs.read_text(mlflow, run_id, CERTIFICATE_FILE)
    certificate = Certificate.from_json(text, f"run {run_id}: {CERTIFICATE_FILE}")
    if certificate.problem != problem:
        raise UserError(
            f"run {run_id}: {CERTIFICATE_FILE}: found a certificate of the problem"
            f" {certificate.problem}, allowed is {problem}"
        )
    certificate.require_promotion_of(version.digest)
    signed = SignedCertificate.sign(certificate, open_signing_key(settings))
    model_id = registry.logged_model_id(mlflow, problem, version.version)
    uri = store_certificate(mlflow, model_id, version.uri, signed)
    return registry.certify_version(mlflow, problem, version, uri)
