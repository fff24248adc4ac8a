"""Training pipeline: the order of the steps and what each passes to the next."""

from pathlib import Path
from typing import cast

from kfp import dsl
from kfp.dsl.pipeline_channel import PipelineParameterChannel

from homestead.bundled import IMAGE_ROOT
from homestead.components.evaluate_and_release.component import evaluate_and_release
from homestead.components.finalize_run.component import finalize_run
from homestead.components.open_run.component import open_run
from homestead.components.prepare_data.component import prepare_data
from homestead.components.train.component import train
from homestead.deployment.pod_environment import (
    LOG_SETTING,
    SPARK_MODEL_SETTINGS,
    SPARK_SETTINGS,
    Store,
)
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
            settings=(LOG_SETTING,),
            spark=SPARK_MODEL_SETTINGS,
            tracked=True,
            cached=False,
        )
        run = {"run_id": opened.outputs["run_id"], "data_hash": opened.outputs["data_hash"]}
        # From here to the training all is a function of problem, data, seed and image: the cache
        # may serve it. So it takes the data's hash, and nothing that names this run.
        # Without labelled predictions, whose file names the run.
        prepared = prepare_data(
            problem=problem, data_hash=run["data_hash"], labelled=opened.outputs["labelled"]
        )
        configure_task(
            prepared,
            LARGE,
            stores=("s3-reader",),
            source_secret=secret,
            settings=("HOMESTEAD_SEARCH_SHARDS",),
            spark=SPARK_SETTINGS,
        )
        dataset = prepared.outputs["dataset"]
        with dsl.ParallelFor(prepared.outputs["Output"]) as candidate:
            # Of a long search, several tasks run the trials of one study in the database.
            trained = train(
                problem=problem,
                candidate=candidate,
                seed=seed,
                dataset=dataset,
                boosting_workers=opened.outputs["boosting_workers"],
            )
            configure_task(trained, LARGE, stores=("database",), spark=SPARK_SETTINGS)
        finished = evaluate_and_release(
            problem=problem,
            seed=seed,
            **{name: prepared.outputs[name] for name in ("views", "quarantine", "data_sheet")},
            dataset=dataset,
            results=dsl.Collected(trained.outputs["result"]),
            models=dsl.Collected(trained.outputs["model"]),
            **run,
        )
        # The champion it compares with may have changed since an earlier run.
        configure_task(
            finished,
            LARGE,
            stores=(*_TRACKING, "features", "redis", "kubernetes"),
            keys=(VERIFY_KEYS, SIGNING_KEY),
            cached=False,
        )
