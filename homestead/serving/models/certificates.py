"""Certificates of a plan's models, verified before any of them answers a request."""

from homestead.release.plan import ModelVersion, ReleasePlan
from homestead.serving.models.model_files import ModelFiles
from homestead.settings import Settings
from homestead.signing.key_files import read_verify_keys
from homestead.signing.keys import VerifyKey
from homestead.signing.model_certificate import (
    require_certificate,
    verify_certificate,
)


def verify_plan(plan: ReleasePlan, files: ModelFiles, settings: Settings) -> None:
    """Refuse a plan unless each of its models has a certificate that lets it answer.

    That of a challenger must have been issued against the plan's champion. Keys are read each
    time, so that they can be exchanged while the server runs.

    Raises:
        UserError: names the version, and what is wrong with its certificate.
    """
    keys = read_verify_keys(settings)
    _verify(plan.champion, plan.problem, None, keys, files)
    if plan.challenger is not None:
        _verify(plan.challenger, plan.problem, plan.champion.digest, keys, files)


def _verify(
    version: ModelVersion,
    problem: str,
    champion_digest: str | None,
    keys: dict[str, VerifyKey],
    files: ModelFiles,
) -> None:
    uri = require_certificate(version.certificate, version.version)
    envelope = files.read_certificate(uri)
    verify_certificate(
        envelope,
        keys,
        origin=uri,
        problem=problem,
        model_digest=version.digest,
        champion_digest=champion_digest,
    )
