"""Scoring pipeline: one step, which any schedule of Kubeflow can start."""

from pathlib import Path
from typing import cast

from kfp import dsl, kubernetes
from kfp.dsl.pipeline_channel import PipelineParameterChannel

from homestead.bundled import IMAGE_ROOT
from homestead.components.score.component import score
from homestead.deployment.pod_environment import LOG_SECRETS, SPARK_SETTINGS
from homestead.deployment.pods.keys import VERIFY_KEYS
from homestead.deployment.problems.source_access import source_secret as secret_of
from homestead.names import DEFAULT_PROBLEM_FILE, SCORING_PIPELINE
from homestead.pipelines.task_configuration import LARGE, configure_task


@dsl.pipeline(  # type: ignore[untyped-decorator]
    name=SCORING_PIPELINE,
    description="Scores the rows of a table with the champion.",
)
def scoring(
    source: str = "",
    target: str = "",
    features: str = "",
    log: bool = False,
    problem: str = f"{IMAGE_ROOT}/{DEFAULT_PROBLEM_FILE}",
    source_secret: str = secret_of(Path(DEFAULT_PROBLEM_FILE).stem),
) -> None:
    """Score a table.

    Args:
        source: URI of the rows, which pods can read; '' for that of the problem's key ``scoring``.
        target: URI of the answers, such as ``s3://bucket/scores.parquet``.
        features: ``online`` or ``point-in-time``; '' for the problem's, or ``online``.
        log: whether the prediction log gets the rows.
        problem: the problem file's text (YAML), or its path in the image.
        source_secret: name of the Secret with the account of the problem's source, which may be
            missing.
    """
    task = configure_task(
        score(problem=problem, source=source, target=target, features=features, log=log),
        LARGE,
        stores=("database-server", "mlflow", "redis", "s3"),
        source_secret=cast("PipelineParameterChannel", source_secret),
        keys=(VERIFY_KEYS,),
        spark=SPARK_SETTINGS,
        cached=False,
    )
    # Of sensitive columns in the log.
    for secret, variables in LOG_SECRETS.items():
        kubernetes.use_secret_as_env(task, secret, variables, optional=True)
