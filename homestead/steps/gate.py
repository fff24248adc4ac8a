"""Gate: verify the certificate and read its decision."""

from collections.abc import Callable
from pathlib import Path

from homestead.evaluation.signed_certificate import SignedCertificate
from homestead.settings import Settings
from homestead.signing.key_files import read_verify_keys


def is_promoted(certificate: Path, settings: Settings, report: Callable[[str], None]) -> bool:
    """Return whether the certificate promotes the winner.

    Raises:
        UserError: the file is not a certificate that a trusted key has signed.
    """
    decision = SignedCertificate.read(certificate, read_verify_keys(settings)).certificate.decision
    report(decision)
    return decision == "promote"
