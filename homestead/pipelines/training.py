"""The training pipeline: it reads like a table of contents."""

from kfp import dsl

from homestead.components.evaluate.component import evaluate
from homestead.components.finalize_run.component import finalize_run
from homestead.components.gate.component import gate
from homestead.components.ingest.component import ingest
from homestead.components.materialize.component import materialize
from homestead.components.register.component import register
from homestead.components.release.component import release
from homestead.components.select.component import select
from homestead.components.train.component import train
from homestead.components.training_set.component import training_set
from homestead.pipelines.task_configuration import LARGE, MEDIUM, configure_task


@dsl.pipeline(
    name="homestead-training",
    description="From a table to a released model, where the new one is better.",
)
def training(
    problem: str = "/app/problems/house_price.yaml",
    pipeline_run: str = dsl.PIPELINE_JOB_ID_PLACEHOLDER,
    seed: int = 0,
) -> None:
    """Train, judge and release.

    Args:
        problem: the problem file's text (YAML) with an absolute source, or its path in the image.
        pipeline_run: what the run is called in MLflow; leave it.
        seed: of searches and estimators; the same seed and data give the same model.
    """
    end = configure_task(finalize_run(problem=problem, pipeline_run=pipeline_run), cached=False)
    with dsl.ExitHandler(end, name="training"):
        begun = configure_task(
            ingest(problem=problem, pipeline_run=pipeline_run), MEDIUM, cached=False
        )
        valid = begun.outputs["valid"]
        features = configure_task(materialize(problem=problem, valid=valid), MEDIUM, cached=False)
        joined = training_set(problem=problem, valid=valid, views=features.outputs["views"])
        configure_task(joined, LARGE)
        dataset = joined.outputs["dataset"]
        run = {"run_id": begun.outputs["run_id"], "data_hash": begun.outputs["data_hash"]}
        with dsl.ParallelFor(joined.outputs["Output"]) as candidate:
            trained = train(
                problem=problem,
                candidate=candidate,
                seed=seed,
                pipeline_run=pipeline_run,
                dataset=dataset,
            )
            configure_task(trained, LARGE)
        chosen = select(
            problem=problem,
            summaries=dsl.Collected(trained.outputs["Output"]),
            models=dsl.Collected(trained.outputs["model"]),
        )
        configure_task(chosen)
        winner = {"summary": chosen.outputs["Output"], "winner": chosen.outputs["winner"]}
        judged = configure_task(evaluate(problem=problem, dataset=dataset, **winner, **run), MEDIUM)
        certificate = judged.outputs["certificate"]
        passed = configure_task(gate(certificate=certificate))
        with dsl.If(passed.output == True, name="promoted"):  # noqa: E712
            registered = register(
                problem=problem, dataset=dataset, certificate=certificate, **winner, **run
            )
            configure_task(registered, MEDIUM, cached=False)
            given = release(problem=problem, run_id=run["run_id"], registered=registered.output)
            configure_task(given, cached=False)
        with dsl.Else(name="kept"):
            kept = release(problem=problem, run_id=run["run_id"], registered=False)
            configure_task(kept, cached=False)
