"""Plans whose models have signed certificates, as a home has them."""

from pathlib import Path
from typing import Any

from homestead.files import write_bytes
from homestead.release.plan import ModelVersion, ReleasePlan, write_plan
from homestead.settings import Settings
from homestead.signing.key_files import open_signing_key
from homestead.signing.model_certificate import certificate_file
from tests.signed import envelope


def certify(
    settings: Settings, version: ModelVersion, problem: str, champion: str | None = None
) -> ModelVersion:
    """Return a version with a certificate, signed with the home's key, that promotes it.

    Args:
        champion: digest of the champion that it was compared with.
    """
    signed = envelope(version.digest, champion, problem=problem, key=open_signing_key(settings))
    path: Path = settings.folder("certificates") / certificate_file(signed)
    write_bytes(path, signed)
    return version.model_copy(update={"certificate": path.as_uri()})


def release(settings: Settings, problem: str, champion: ModelVersion, **more: Any) -> ReleasePlan:
    """Write a home's release plan; versions that have no certificate yet get one."""
    if champion.certificate is None:
        champion = certify(settings, champion, problem)
    challenger: ModelVersion | None = more.get("challenger")
    if challenger is not None and challenger.certificate is None:
        more["challenger"] = certify(settings, challenger, problem, champion.digest)
    plan = ReleasePlan(problem=problem, champion=champion, **more)
    write_plan(settings.release_plan(problem), plan)
    return plan
