"""Gate: read the certificate's decision."""

from collections.abc import Callable
from pathlib import Path

from homestead.evaluation.certificate import Certificate


def is_promoted(certificate: Path, report: Callable[[str], None]) -> bool:
    """Return whether the certificate promotes the winner.

    Raises:
        UserError: the file is not a certificate of a known schema version.
    """
    decision = Certificate.read(certificate).decision
    report(decision)
    return decision == "promote"
