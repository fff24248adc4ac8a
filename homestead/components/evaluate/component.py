"""Evaluate step: compare the winner with the champion on the same holdout."""

from kfp.dsl import (
    HTML,
    Artifact,
    ClassificationMetrics,
    Dataset,
    Input,
    Markdown,
    Metrics,
    Model,
    Output,
)

from homestead.components.base_image import component


@component
def evaluate(
    problem: str,
    run_id: str,
    data_hash: str,
    candidate: str,
    winner: Input[Model],
    dataset: Input[Dataset],
    certificate: Output[Artifact],
    comparison: Output[HTML],
    metrics: Output[Metrics],
    classification: Output[ClassificationMetrics],
    summary: Output[Markdown],
) -> None:
    """Write the promotion certificate (JSON), the comparison page and what Kubeflow shows."""
    from pathlib import Path

    from homestead.components.figures import log_classification, log_metrics
    from homestead.components.progress import report_step
    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.steps.evaluate import evaluate_winner
    from homestead.training.candidate_summary import SelectedCandidate

    with report_step("evaluate") as report:
        figures = evaluate_winner(
            parse_problem(problem),
            Settings.read(),
            run_id,
            data_hash,
            SelectedCandidate.from_json(candidate),
            winner=Path(winner.path),
            dataset=Path(dataset.path),
            certificate=Path(certificate.path),
            comparison=Path(comparison.path),
            summary=Path(summary.path),
            report=report,
        )
    log_metrics(metrics, figures.metrics)
    log_classification(classification, figures)
