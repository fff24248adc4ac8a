"""Estimates on the certificate's holdout, by which later estimates are corrected."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from homestead.evaluation.comparable import answered_codes, predict_rows
from homestead.model.onnx_model import Model
from homestead.model.performance_model import PerformanceModel
from homestead.names import PERFORMANCE_MODEL_FILE
from homestead.performance.estimated import estimated_values
from homestead.performance.served_rows import ServedRows
from homestead.problem.answers.metrics import problem_metrics
from homestead.problem.encoding import feature_matrix
from homestead.problem.model_metrics.predictions import Predictions
from homestead.problem.schema import Problem
from homestead.problem.split import HOLDOUT, SPLIT_COLUMN
from homestead.tracking import runs

if TYPE_CHECKING:
    from mlflow import MlflowClient


def log_estimates_on_holdout(
    mlflow: "MlflowClient",
    run_id: str,
    target_run_id: str,
    model: Model,
    dataset: pd.DataFrame,
    problem: Problem,
) -> None:
    """Complete what a candidate's run holds for estimates, in the run of the registered version.

    The model is fitted on validation rows, too, in the end, and the holdout is later than they
    are. What is estimated there and what was measured there differ by that.

    Args:
        run_id: of the candidate.
        dataset: the training set, with its column ``split``.
    """
    if PERFORMANCE_MODEL_FILE not in {file.path for file in mlflow.list_artifacts(run_id)}:
        return  # a training of an earlier version, served from a cache
    text = runs.read_text(mlflow, run_id, PERFORMANCE_MODEL_FILE)
    learnt = PerformanceModel.from_json(text, f"run {run_id}: {PERFORMANCE_MODEL_FILE}")
    holdout = dataset[dataset[SPLIT_COLUMN] == HOLDOUT].reset_index(drop=True)
    if len(holdout):
        rows = _as_served(model, holdout, problem)
        on_holdout = estimated_values(problem_metrics(problem), rows, learnt)
        learnt = learnt.model_copy(update={"on_holdout": on_holdout})
    mlflow.log_text(target_run_id, learnt.to_json(), PERFORMANCE_MODEL_FILE)


def _as_served(model: Model, holdout: pd.DataFrame, problem: Problem) -> ServedRows:
    predictions = predict_rows(model, holdout, problem)
    labels = None
    if problem.task == "classification":
        codes = answered_codes(model, predictions, problem)
        labels = predictions.argmax(axis=1) if codes is None else codes
    names = model.contract.features
    matrix = feature_matrix(holdout, model.contract)
    return ServedRows(
        at=np.zeros(len(holdout)),
        predictions=Predictions(predictions, labels),
        y=None,
        groups=np.arange(len(holdout)),
        features=[dict(zip(names, row, strict=True)) for row in matrix.tolist()],
    )
