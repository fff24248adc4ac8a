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
    from homestead.components.beside import running_beside
    from homestead.components.evaluate.component import evaluate
    from homestead.components.gate.component import gate
    from homestead.components.materialize.component import materialize
    from homestead.components.register.component import register
    from homestead.components.release.component import release
    from homestead.components.reuse.parts import run_part
    from homestead.components.select.component import select

    run = {"problem": problem, "run_id": run_id}
    # A released model finds its features: this has ended before the gate.
    tables = {"views": views, "quarantine": quarantine, "data_sheet": data_sheet}
    with running_beside("materialize", lambda: run_part(materialize, {**run, **tables}, {})):
        trained = {"seed": seed, "results": results, "models": models}
        candidate = run_part(select, {**run, "data_hash": data_hash, **trained}, {"winner": winner})
        chosen = {
            **run,
            "data_hash": data_hash,
            "candidate": candidate,
            "winner": winner,
            "dataset": dataset,
        }
        figures = {"metrics": metrics, "classification": classification, "summary": summary}
        documents = {"certificate": certificate, "comparison": comparison, **figures}
        run_part(evaluate, chosen, documents)
    registered = False
    if gate.python_func(certificate):
        certified = {**chosen, "certificate": certificate}
        registered = run_part(register, certified, {"model_card": model_card})
    # Also without: a run that was killed between registration and release left a version.
    release.python_func(problem, run_id, registered)
    return registered
