"""Register the certified winner and make it champion."""

from kfp.dsl import Artifact, Dataset, Input, Model

from homestead.components.image import component


@component
def register(
    problem: str,
    run_id: str,
    data_hash: str,
    summary: str,
    winner: Input[Model],
    dataset: Input[Dataset],
    certificate: Input[Artifact],
) -> bool:
    """True where the winner is the champion afterwards."""
    import json
    from pathlib import Path

    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.steps import register
    from homestead.steps.progress import report_step

    with report_step("register") as say:
        promotion = register.register(
            parse_problem(problem),
            Settings.read(),
            run_id=run_id,
            data_hash=data_hash,
            summary=json.loads(summary),
            winner=Path(winner.path),
            dataset_path=Path(dataset.path),
            certificate=json.loads(Path(certificate.path).read_text()),
        )
        if promotion.version:
            say(f"champion is version {promotion.version.version}")
        else:
            say(f"the champion changed meanwhile: {promotion.certificate['reason']}")
    return promotion.version is not None
