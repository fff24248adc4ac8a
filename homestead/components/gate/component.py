"""Gate step: read the certificate's decision."""

from kfp.dsl import Artifact, Input

from homestead.components.base_image import component


@component
def gate(certificate: Input[Artifact]) -> bool:
    """Return whether the certificate promotes the winner.

    The answer is the only output, since a condition on a named one is silently false.
    """
    from pathlib import Path

    from homestead.components.progress import report_step
    from homestead.settings import Settings
    from homestead.steps.gate import is_promoted

    with report_step("gate") as report:
        promoted = is_promoted(Path(certificate.path), Settings.read(), report)
    return promoted
