"""The training pipeline: it reads like a table of contents."""

from kfp import dsl

from components.evaluate.component import evaluate
from components.gate.component import gate
from components.ingest.component import ingest
from components.materialize.component import materialize
from components.record.component import record
from components.register.component import register
from components.release.component import release
from components.select.component import select
from components.train.component import train
from components.training_set.component import training_set


@dsl.pipeline(
    name="homestead-training",
    description="From a table to a released model, where the new one is better.",
)
def training(
    problem: str, pipeline_run: str = dsl.PIPELINE_JOB_ID_PLACEHOLDER, seed: int = 0
) -> None:
    """Train, judge and release.

    Args:
        problem: the problem file's text (YAML), with an absolute source.
        pipeline_run: what the run is called in MLflow.
        seed: of searches and estimators.
    """
    end = record(problem=problem, pipeline_run=pipeline_run)
    with dsl.ExitHandler(end, name="training"):
        begun = ingest(problem=problem, pipeline_run=pipeline_run)
        features = materialize(problem=problem, valid=begun.outputs["valid"])
        joined = training_set(
            problem=problem, valid=begun.outputs["valid"], views=features.outputs["views"]
        )
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
        chosen = select(
            problem=problem,
            summaries=dsl.Collected(trained.outputs["Output"]),
            models=dsl.Collected(trained.outputs["model"]),
        )
        winner = {"summary": chosen.outputs["Output"], "winner": chosen.outputs["winner"]}
        judged = evaluate(problem=problem, dataset=dataset, **winner, **run)
        certificate = judged.outputs["certificate"]
        passed = gate(certificate=certificate)
        with dsl.If(passed.output == True, name="promoted"):  # noqa: E712
            registered = register(
                problem=problem, dataset=dataset, certificate=certificate, **winner, **run
            )
            release(problem=problem, run_id=run["run_id"], registered=registered.output)
        with dsl.Else(name="kept"):
            release(problem=problem, run_id=run["run_id"], registered=False)
