"""Register step: register the certified winner as the challenger."""

from kfp.dsl import HTML, Artifact, Dataset, Input, Model, Output

from homestead.components.base_image import component


@component
def register(
    problem: str,
    run_id: str,
    data_hash: str,
    candidate: str,
    winner: Input[Model],
    dataset: Input[Dataset],
    certificate: Input[Artifact],
    model_card: Output[HTML],
) -> bool:
    """Register the winner and return whether it is registered afterwards."""
    from pathlib import Path

    from homestead.components.progress import report_step
    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.steps.register import register_winner
    from homestead.training.candidate_summary import SelectedCandidate

    with report_step("register") as report:
        is_registered = register_winner(
            parse_problem(problem),
            Settings.read(),
            run_id,
            data_hash,
            SelectedCandidate.from_json(candidate),
            winner=Path(winner.path),
            dataset=Path(dataset.path),
            certificate=Path(certificate.path),
            model_card=Path(model_card.path),
            report=report,
        )
    return is_registered
