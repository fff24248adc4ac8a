"""All that follows the training in one pod: online store, choice, evaluation, gate, release."""

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
def evaluate_and_release(
    problem: str,
    run_id: str,
    data_hash: str,
    seed: int,
    views: Input[Dataset],
    quarantine: Input[Dataset],
    data_sheet: Input[HTML],
    dataset: Input[Dataset],
    results: Input[list[Artifact]],
    models: Input[list[Model]],
    winner: Output[Model],
    certificate: Output[Artifact],
    comparison: Output[HTML],
    metrics: Output[Metrics],
    classification: Output[ClassificationMetrics],
    summary: Output[Markdown],
    model_card: Output[HTML],
) -> bool:
    """Update the online store, choose the winner and, if the gate lets it pass, release it.

    Returns:
        whether the winner is registered.
    """
    from homestead.components.evaluate.component import evaluate
    from homestead.components.gate.component import gate
    from homestead.components.materialize.component import materialize
    from homestead.components.register.component import register
    from homestead.components.release.component import release
    from homestead.components.select.component import select

    # Before the evaluation: a released model finds its features.
    materialize.python_func(problem, run_id, views, quarantine, data_sheet)
    candidate = select.python_func(problem, run_id, data_hash, seed, results, models, winner)
    certified = {
        "problem": problem,
        "run_id": run_id,
        "data_hash": data_hash,
        "candidate": candidate,
        "winner": winner,
        "dataset": dataset,
        "certificate": certificate,
    }
    evaluate.python_func(
        **certified,
        comparison=comparison,
        metrics=metrics,
        classification=classification,
        summary=summary,
    )
    registered = False
    if gate.python_func(certificate):
        registered = register.python_func(**certified, model_card=model_card)
    # Also without: a run that was killed between registration and release left a version.
    release.python_func(problem, run_id, registered)
    return registered
