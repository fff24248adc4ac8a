"""Say whether the certificate promotes."""

from kfp.dsl import Artifact, Input

from homestead.components.image import component


@component
def gate(certificate: Input[Artifact]) -> bool:
    """True for 'promote'. Its only output, since a condition on a named one is silently false."""
    import json
    from pathlib import Path

    from homestead.steps.progress import report_step

    with report_step("gate") as say:
        decision = json.loads(Path(certificate.path).read_text())["decision"]
        say(decision)
    return bool(decision == "promote")
