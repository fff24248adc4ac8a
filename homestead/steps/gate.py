"""Gate: read the certificate's decision."""

from pathlib import Path

from homestead.evaluation.certificate import Certificate
from homestead.steps.progress import Report


def is_promoted(certificate: Path, report: Report) -> bool:
    """Return whether the certificate promotes the winner.

    Raises:
        UserError: the file is not a certificate of a known schema version.
    """
    decision = Certificate.read(certificate).decision
    report(decision)
    return decision == "promote"
