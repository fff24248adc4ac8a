"""Candidates in MLflow: parameters, metrics and the ONNX model in a child run."""

import dataclasses
import hashlib
import json
import os
import time
from collections.abc import Mapping

import onnx
from mlflow import MlflowClient
from mlflow.entities import Metric

from homestead.errors import UserError
from homestead.files import read_uri
from homestead.names import PERFORMANCE_MODEL_FILE, TRIALS_FILE
from homestead.problem.contract import METADATA_KEY, Contract
from homestead.problem.schema import Problem
from homestead.tracking import onnx_flavor, tags
from homestead.tracking.pyfunc_model import model_signature
from homestead.tracking.runs import RUNNER_PID, process_tags
from homestead.training.candidate_summary import (
    CandidateSummary,
    OneProcessFigure,
    TrialFigure,
)
from homestead.training.search import TrainedCandidate

# MLflow's parameter of a candidate that several of Spark's tasks fitted together.
WORKERS_PARAM = "boosting_workers"


def log_candidate(
    mlflow: MlflowClient,
    parent_run_id: str,
    problem: Problem,
    trained: TrainedCandidate,
    run_tags: Mapping[str, str],
) -> CandidateSummary:
    """Log a candidate as a child run and return its summary.

    Args:
        run_tags: tag values by the names of :mod:`homestead.tracking.tags`.

    Raises:
        UserError: the stored ONNX file differs from the trained one.
    """
    pid = str(os.getpid()) if os.environ.get(RUNNER_PID) else ""
    run_id = mlflow.create_run(
        mlflow.get_run(parent_run_id).info.experiment_id,
        tags={
            **run_tags,
            **process_tags(pid),
            tags.PARENT_RUN: parent_run_id,
            tags.CANDIDATE: trained.name,
        },
        run_name=trained.name,
    ).info.run_id
    for name, parameter in trained.params.items():
        mlflow.log_param(run_id, name, parameter)
    if trained.workers is not None:
        # Another number gives another model.
        mlflow.log_param(run_id, WORKERS_PARAM, trained.workers)
    one_process = _log_one_process(mlflow, run_id, problem, trained)
    validation = {name: measured.value for name, measured in trained.validation.items()}
    _log_trials(mlflow, run_id, problem, trained)
    if trained.performance is not None:
        mlflow.log_text(run_id, trained.performance.to_json(), PERFORMANCE_MODEL_FILE)
    model_id = _log_model(mlflow, run_id, trained.onnx)
    for name, value in validation.items():
        if value is not None:
            mlflow.log_metric(run_id, f"validation_{name}", value, model_id=model_id)
    mlflow.log_metric(run_id, "onnx_disagreement", trained.disagreement)
    location = mlflow.get_logged_model(model_id).artifact_location.rstrip("/")
    uri = f"{location}/model.onnx"
    digest = hashlib.sha256(trained.onnx).hexdigest()
    stored_digest = hashlib.sha256(read_uri(uri)).hexdigest()
    if stored_digest != digest:
        raise UserError(
            f"candidate {trained.name}: the stored model has digest {stored_digest[:12]},"
            f" the trained one {digest[:12]}"
        )
    mlflow.set_tag(run_id, tags.DIGEST, digest)
    return CandidateSummary(
        name=trained.name,
        run_id=run_id,
        model_id=model_id,
        uri=uri,
        digest=digest,
        validation=validation,
        undefined={n: m.undefined for n, m in trained.validation.items() if m.undefined},
        params={name: str(value) for name, value in trained.params.items()},
        workers=trained.workers,
        one_process=one_process,
        trials=[
            TrialFigure(trial.validation[problem.metric].value, trial.pruned)
            for trial in trained.trials
        ],
    )


def _log_one_process(
    mlflow: MlflowClient, run_id: str, problem: Problem, trained: TrainedCandidate
) -> OneProcessFigure | None:
    """Log what one process scores beside Spark's workers: metrics, and a tag that says it."""
    score = trained.one_process
    if score is None:
        return None
    measured = score.validation.get(problem.metric)
    figure = OneProcessFigure(measured.value if measured else None, score.skipped)
    said = f"not fitted: {score.skipped}"
    if measured is not None:
        value = measured.undefined if measured.value is None else f"{measured.value:.6g}"
        said = f"{problem.metric} {value} on validation"
    mlflow.set_tag(run_id, tags.ONE_PROCESS, said)
    for name, found in score.validation.items():
        if found.value is not None:
            mlflow.log_metric(run_id, f"one_process_validation_{name}", found.value)
    return figure


def _log_trials(
    mlflow: MlflowClient, run_id: str, problem: Problem, trained: TrainedCandidate
) -> None:
    """Log the trials as a file, and as two series: of those that ended, and of those given up."""
    trials = [
        {
            **trial.params,
            problem.metric: trial.validation[problem.metric].value,
            "folds": [values[problem.metric].value for values in trial.folds],
            "state": f"pruned {trial.pruned}" if trial.pruned else "finished",
        }
        for trial in trained.trials
    ]
    method = None if trained.search is None else dataclasses.asdict(trained.search)
    content = {"search": method, "trials": trials}
    content = json.loads(json.dumps(content, default=str, allow_nan=False))
    mlflow.log_dict(run_id, content, TRIALS_FILE)
    now_ms = int(time.time() * 1000)
    series = [
        Metric(f"{'pruned_' if trial.pruned else ''}trial_{problem.metric}", value, now_ms, step=n)
        for n, trial in enumerate(trained.trials, start=1)
        if (value := trial.validation[problem.metric].value) is not None
    ]
    mlflow.log_batch(run_id, metrics=series)


def _log_model(mlflow: MlflowClient, run_id: str, content: bytes) -> str:
    """Log the ONNX file with the signature of its contract, and return the logged model's id."""
    import mlflow as fluent
    from mlflow.models import Model as LoggedModel

    model = onnx.load_from_string(content)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    contract = Contract.model_validate_json(metadata[METADATA_KEY])
    # Only the fluent interface logs models; it ends the run that it opens.
    fluent.set_tracking_uri(mlflow.tracking_uri)
    with fluent.start_run(run_id=run_id):
        info = LoggedModel.log(
            artifact_path=None,
            name="model",
            flavor=onnx_flavor,
            onnx_model=model,
            signature=model_signature(contract),
            pip_requirements=["onnxruntime", "numpy", "pandas"],
            # One file, so that its digest covers the weights; by default tensors of 1 KiB and more
            # go to a second one.
            save_as_external_data=False,
        )
    return str(info.model_id)
