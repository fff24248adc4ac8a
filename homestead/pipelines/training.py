"""Training pipeline: the order of the steps and what each passes to the next."""

from pathlib import Path
from typing import cast

from kfp import dsl
from kfp.dsl.pipeline_channel import PipelineParameterChannel

from homestead.bundled import IMAGE_ROOT
from homestead.components.evaluate.component import evaluate
from homestead.components.finalize_run.component import finalize_run
from homestead.components.gate.component import gate
from homestead.components.ingest.component import ingest
from homestead.components.materialize.component import materialize
from homestead.components.open_run.component import open_run
from homestead.components.register.component import register
from homestead.components.release.component import release
from homestead.components.select.component import select
from homestead.components.train.component import train
from homestead.components.training_set.component import training_set
from homestead.deployment.pod_environment import Store
from homestead.deployment.pods.keys import SIGNING_KEY, VERIFY_KEYS
from homestead.deployment.problems.source_access import source_secret as secret_of
from homestead.names import DEFAULT_PROBLEM_FILE, TRAINING_PIPELINE
from homestead.pipelines.task_configuration import LARGE, MEDIUM, configure_task

_SOURCE_SECRET = secret_of(Path(DEFAULT_PROBLEM_FILE).stem)
# Runs, artifacts and the locks of the tracking store.
_TRACKING: tuple[Store, ...] = ("database", "mlflow", "s3")


@dsl.pipeline(  # type: ignore[untyped-decorator]
    name=TRAINING_PIPELINE,
    description="Trains candidates on a table and releases the winner if it beats the champion.",
)
def training(
    problem: str = f"{IMAGE_ROOT}/{DEFAULT_PROBLEM_FILE}",
    seed: int = 0,
    source_secret: str = _SOURCE_SECRET,
    cause: str = "",
) -> None:
    """Train the candidates, evaluate the winner against the champion, and release it if better.

    Args:
        problem: the problem file's text (YAML) with a source that pods can read, or its path in
            the image.
        seed: seed of searches and estimators; the same seed and data give the same model.
        source_secret: name of the Secret with the account of the problem's source, which may be
            missing.
        cause: what a retraining was started for; '' for any other run.
    """
    # The backend resolves it as a task's argument, but not as the default of a pipeline parameter.
    pipeline_run = dsl.PIPELINE_JOB_ID_PLACEHOLDER
    finalized = configure_task(
        finalize_run(problem=problem, pipeline_run=pipeline_run),
        stores=("database", "mlflow"),
        tracked=True,
        cached=False,
    )
    with dsl.ExitHandler(finalized, name="training"):
        # Pipeline parameters are channels while the pipeline is compiled.
        secret = cast("PipelineParameterChannel", source_secret)
        opened = configure_task(
            open_run(problem=problem, pipeline_run=pipeline_run, cause=cause),
            MEDIUM,  # labelled predictions are read at once
            stores=(*_TRACKING, "kubernetes"),
            source_secret=secret,
            tracked=True,
            cached=False,
        )
        run = {"run_id": opened.outputs["run_id"], "data_hash": opened.outputs["data_hash"]}
        # From here to the training all is a function of problem, data, seed and image: the cache
        # may serve it. So it takes the data's hash, and nothing that names this run.
        # Without labelled predictions, whose file names the run.
        ingested = ingest(
            problem=problem, data_hash=run["data_hash"], labelled=opened.outputs["labelled"]
        )
        configure_task(ingested, MEDIUM, stores=("s3-reader",), source_secret=secret)
        joined = training_set(problem=problem, valid=ingested.outputs["valid"])
        configure_task(joined, LARGE)
        dataset = joined.outputs["dataset"]
        materialized = materialize(
            problem=problem,
            run_id=run["run_id"],
            views=joined.outputs["views"],
            quarantine=ingested.outputs["quarantine"],
            data_sheet=ingested.outputs["data_sheet"],
        )
        configure_task(materialized, MEDIUM, stores=(*_TRACKING, "features", "redis"), cached=False)
        with dsl.ParallelFor(joined.outputs["Output"]) as candidate:
            trained = train(problem=problem, candidate=candidate, seed=seed, dataset=dataset)
            configure_task(trained, LARGE)
        selected = select(
            problem=problem,
            seed=seed,
            results=dsl.Collected(trained.outputs["result"]),
            models=dsl.Collected(trained.outputs["model"]),
            **run,
        )
        configure_task(selected, stores=_TRACKING, cached=False)
        winner = {"candidate": selected.outputs["Output"], "winner": selected.outputs["winner"]}
        evaluated = evaluate(problem=problem, dataset=dataset, **winner, **run)
        # The champion it compares with may have changed since an earlier run.
        configure_task(
            evaluated, MEDIUM, stores=_TRACKING, keys=(SIGNING_KEY,), cached=False
        ).after(materialized)
        certificate = evaluated.outputs["certificate"]
        gated = configure_task(gate(certificate=certificate), keys=(VERIFY_KEYS,))
        with dsl.If(gated.output == True, name="promoted"):  # noqa: E712
            registered = register(
                problem=problem, dataset=dataset, certificate=certificate, **winner, **run
            )
            configure_task(
                registered,
                MEDIUM,
                stores=_TRACKING,
                keys=(VERIFY_KEYS, SIGNING_KEY),
                cached=False,
            )
            released = release(
                problem=problem, run_id=run["run_id"], registered=registered.outputs["Output"]
            )
            configure_task(
                released,
                stores=(*_TRACKING, "kubernetes"),
                keys=(VERIFY_KEYS, SIGNING_KEY),
                cached=False,
            )
        # A run that was killed between registration and release left a champion unreleased.
        with dsl.Else(name="kept"):
            released = release(problem=problem, run_id=run["run_id"], registered=False)
            configure_task(
                released,
                stores=(*_TRACKING, "kubernetes"),
                keys=(VERIFY_KEYS, SIGNING_KEY),
                cached=False,
            )
