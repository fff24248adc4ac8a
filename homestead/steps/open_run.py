"""Open run: fix the data that a pipeline run is about, and start its parent run in MLflow."""

from collections.abc import Callable
from dataclasses import dataclass

from homestead.data.sources.dvc_version import dvc_version
from homestead.data.tables import hash_source
from homestead.features.feast_objects import definitions_hash
from homestead.names import ENVIRONMENT_FILE, PROBLEM_FILE
from homestead.problem.loader import dump_problem
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.steps.labels.training_rows import record_labelled_rows
from homestead.steps.release import check_release_target
from homestead.tracking import runs, tags
from homestead.tracking.environment import (
    current_image,
    describe_environment,
    environment_hash,
)
from homestead.tracking.openlineage import activation as openlineage
from homestead.tracking.pages.datasets import dataset_name
from homestead.tracking.pages.hashes import short_commit, short_hash
from homestead.tracking.wandb_mirror import activation as wandb_mirror
from homestead.training.distributed.workers import workers_of_run

# As long as MLflow takes it.
_MAX_TAG_LENGTH = 5000


@dataclass(frozen=True)
class OpenedRun:
    """What a pipeline run is about.

    Attributes:
        run_id: parent run in MLflow.
        data_hash: SHA-256 of the source's bytes, in hex.
        labelled: URI of the labelled predictions that are trained on too; '' for none.
        boosting_workers: how many workers fit a LightGBM candidate together; 0 for one process.
    """

    run_id: str
    data_hash: str
    labelled: str
    boosting_workers: int


def open_parent_run(
    problem: Problem,
    settings: Settings,
    pipeline_run: str,
    report: Callable[[str], None],
    cause: str = "",
) -> OpenedRun:
    """Hash the source and start the parent run, after a check of what the run needs at its end.

    Args:
        pipeline_run: id of the pipeline run, by which the last step finds the parent run.
        cause: what a retraining was started for; '' for any other run.

    Raises:
        UserError: the source cannot be read, or the release plan could not be written after the
            training.
    """
    check_release_target(problem.name, settings)
    for missing in filter(None, (wandb_mirror.missing_package(), openlineage.missing_package())):
        report(missing)
    # Before the bytes are read: a branch that moves meanwhile gives a version with other bytes.
    data_version = dvc_version(problem.source)
    data_hash = hash_source(problem.source)
    report(f"data {data_hash[:12]}")
    environment = describe_environment()
    mlflow = runs.open_client(settings)
    commit = runs.current_commit()
    run_tags = {
        # What people read comes first, as MLflow's pages show it.
        tags.PEOPLE_PROBLEM: problem.name,
        tags.PEOPLE_DECISION: "not yet",
        tags.PEOPLE_METRIC: f"{problem.metric}: not yet measured",
        **({tags.PEOPLE_CAUSE: cause[:_MAX_TAG_LENGTH]} if cause else {}),
        tags.PEOPLE_DATA: dataset_name(problem.source),
        tags.PEOPLE_DATA_VERSION: data_version or short_hash(data_hash),
        tags.PEOPLE_COMMIT: short_commit(commit) or "outside of a repository",
        tags.PIPELINE_RUN: pipeline_run,
        tags.PROBLEM: problem.name,
        tags.DATA_HASH: data_hash,
        tags.SOURCE: problem.source,
        tags.DATA_VERSION: data_version,
        tags.ENVIRONMENT: environment_hash(environment),
        tags.IMAGE: current_image(),
        tags.COMMIT: commit,
        tags.FEATURES_HASH: definitions_hash(problem),
        **({tags.CAUSE: cause[:_MAX_TAG_LENGTH]} if cause else {}),
    }
    run_id = runs.start_run(mlflow, settings, problem, run_tags)
    mlflow.log_text(run_id, dump_problem(problem), PROBLEM_FILE)
    mlflow.log_text(run_id, environment, ENVIRONMENT_FILE)
    labelled = record_labelled_rows(problem, settings, mlflow, run_id, report)
    return OpenedRun(run_id, data_hash, labelled, workers_of_run(settings, problem))
