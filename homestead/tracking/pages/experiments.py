"""Experiment of a problem as MLflow's pages show it: its kind, its text, and names of its runs."""

from datetime import UTC, datetime

from mlflow import MlflowClient
from mlflow.entities import Experiment
from mlflow.utils.mlflow_tags import (
    MLFLOW_EXPERIMENT_PRIMARY_METRIC_GREATER_IS_BETTER,
    MLFLOW_EXPERIMENT_PRIMARY_METRIC_NAME,
    MLFLOW_RUN_NOTE,
)

from homestead.problem.model_metrics.table import MODEL_METRICS
from homestead.problem.schema import Problem

# Read by MLflow's pages (3.17), which have no constant for it in Python: runs and models instead of
# traces and prompts.
_KIND = "mlflow.experimentKind"
_MODEL_TRAINING = "custom_model_development"


def run_name(problem: str, at: datetime | None = None) -> str:
    """Return the name of a parent run, such as ``house_price 2026-11-27 17:05``.

    Args:
        at: by default now. The name has the machine's time zone, as MLflow's pages have the
            browser's.
    """
    return f"{problem} {(at or datetime.now(UTC)).astimezone():%Y-%m-%d %H:%M}"


def experiment_tags(problem: Problem) -> dict[str, str]:
    """Return the tags that MLflow's pages read of an experiment."""
    better = MODEL_METRICS[problem.metric].higher_is_better
    return {
        _KIND: _MODEL_TRAINING,
        MLFLOW_EXPERIMENT_PRIMARY_METRIC_NAME: f"holdout_{problem.metric}",
        MLFLOW_EXPERIMENT_PRIMARY_METRIC_GREATER_IS_BETTER: str(better),
        # Plain text: the list of experiments does not render Markdown.
        **({MLFLOW_RUN_NOTE: problem.description} if problem.description else {}),
    }


def complete_experiment(mlflow: MlflowClient, experiment: Experiment, problem: Problem) -> None:
    """Set the tags that an experiment of an earlier version lacks; what a person wrote stays."""
    for name, value in experiment_tags(problem).items():
        if name not in experiment.tags:
            mlflow.set_experiment_tag(experiment.experiment_id, name, value)
