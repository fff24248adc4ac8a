"""Training of one candidate: parameter search, fit on all rows before the holdout, ONNX export."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from homestead.model.onnx_calibration import add_calibration
from homestead.model.onnx_export import export_onnx
from homestead.model.onnx_interval import add_interval
from homestead.model.onnx_model import Model, check_agreement
from homestead.model.performance_model import PerformanceModel
from homestead.problem.answers.interval import PredictionInterval, QuantileInterval
from homestead.problem.answers.row_weights import fitting_weights, scoring_weights
from homestead.problem.contract import Contract
from homestead.problem.encoding import target_values
from homestead.problem.model_metrics.table import MetricValue
from homestead.problem.schema import Problem
from homestead.threads import reproducible_threads
from homestead.training.answer_rules import conformal_interval, quantile_interval
from homestead.training.boosting.shared_bins import sharing_bins
from homestead.training.distributed.workers import boosting_workers
from homestead.training.estimators import fit_candidate
from homestead.training.folds import rows_of, search_folds
from homestead.training.performance_model import fit_performance_model
from homestead.training.quantile_bounds import (
    asks_for_quantiles,
    fit_quantile_models,
    predict_quantiles,
)
from homestead.training.studies.candidate_search import (
    MemoryHost,
    SearchMethod,
    StudyHost,
    join_search,
    search,
)
from homestead.training.studies.one_process import OneProcessScore, score_one_process
from homestead.training.studies.plan import search_plan
from homestead.training.studies.trial import Trial
from homestead.training.studies.trial_runner import TrialRunner, weights_of
from homestead.training.training_rows import training_rows


@dataclass(frozen=True)
class TrainedCandidate:
    """A candidate's best model.

    Attributes:
        onnx: content of the ONNX file; fitted on train and validation with ``params``.
        params: the best parameters, the fixed ones included.
        validation: metrics on validation of the fit on train alone, by which ``params`` were
            chosen; with several origins their means.
        trials: all trials, in the order in which they ran.
        disagreement: largest relative difference between predictions of the ONNX file and of the
            fitted estimator.
        performance: what estimates its performance without labels; None in results of earlier
            versions.
        search: how the trials were chosen; None in results of earlier versions.
        workers: how many of Spark's tasks fitted it together; None if this process did alone.
        one_process: what one process scores with ``params``; None if it is no other than the
            candidate, and in results of earlier versions.
        trained_at: when its file was written, in seconds since 1970; None in results of earlier
            versions. Before the start of a run, if the training was taken over from another.
    """

    name: str
    onnx: bytes
    params: Mapping[str, Any]
    validation: Mapping[str, MetricValue]
    trials: tuple[Trial, ...]
    disagreement: float
    performance: PerformanceModel | None = None
    search: SearchMethod | None = None
    workers: int | None = None
    one_process: OneProcessScore | None = None
    trained_at: float | None = None


@reproducible_threads()
@sharing_bins()
def train_candidate(
    name: str,
    dataset: pd.DataFrame | Path,
    problem: Problem,
    seed: int = 0,
    report: Callable[[str], None] = lambda message: None,
    host: StudyHost | None = None,
) -> TrainedCandidate:
    """Search, fit, export and check one candidate.

    Args:
        name: a key of ``problem.candidates``.
        dataset: the training set, or its Parquet file, with its column ``split``. The holdout is
            not fitted on.
        seed: of the search and the estimator.
        report: takes a line for each trial.
        host: where the study of a long search lies; by default in this process. The result is the
            same.

    Raises:
        UserError: an empty split, a class without rows in train, a metric without a value on the
            validation rows, parameters that the estimator refuses, or a fit that fails.
        SQLAlchemyError: the database of the host fails.
    """
    runner = trial_runner(name, dataset, problem, seed, report)
    problem, X, y, folds = runner.problem, runner.X, runner.y, runner.folds
    contract = Contract.from_problem(problem)
    weight_of = partial(weights_of, runner.fitting)
    found = search(runner, host or MemoryHost())
    best, tuned = found.best, found.answers
    rows, scored_rows = folds[0].fitted, folds[0].scored
    known = rows | scored_rows
    known_X, known_y = rows_of(X, known), rows_of(y, known)
    scored_X, scored_y = rows_of(X, scored_rows), rows_of(y, scored_rows)
    fitted = fit_candidate(name, best.params, problem, known_X, known_y, seed, weight_of(known))
    fit_quantiles = partial(fit_quantile_models, name, best.params, problem)
    interval: PredictionInterval | QuantileInterval | None
    if asks_for_quantiles(problem):
        models = fit_quantiles(rows_of(X, rows), rows_of(y, rows), seed, weight_of(rows))
        quantiles = predict_quantiles(models, scored_X, problem)
        interval = quantile_interval(problem, scored_y, quantiles)
    else:
        interval = conformal_interval(problem, scored_y, tuned.raw)
    contract = contract.model_copy(
        update={
            "calibration": tuned.calibration,
            "decision": tuned.decision,
            "interval": interval,
        }
    )
    content = export_onnx(fitted, contract, known_X)
    disagreement = check_agreement(fitted, Model(content), X)
    if tuned.calibration is not None:
        content = add_calibration(content, tuned.calibration, X)
    if isinstance(interval, QuantileInterval):
        models = fit_quantiles(known_X, known_y, seed, weight_of(known))
        content = add_interval(content, _export_quantiles(models, contract, X), interval, X)
    return TrainedCandidate(
        name=name,
        onnx=content,
        params={**problem.candidates[name].parameters, **best.params},
        validation=best.validation,
        trials=found.trials,
        search=found.method,
        disagreement=disagreement,
        workers=boosting_workers(problem.candidates[name].estimator) or None,
        one_process=score_one_process(runner, best.params),
        performance=fit_performance_model(problem, contract, scored_X, scored_y, tuned.raw, seed),
    )


@reproducible_threads()
@sharing_bins()
def help_search(
    name: str,
    dataset: pd.DataFrame | Path,
    problem: Problem,
    seed: int,
    host: StudyHost,
    report: Callable[[str], None] = lambda message: None,
) -> None:
    """Run trials of a candidate's search until all have ended; arguments as of `train_candidate`.

    Raises:
        UserError: as :func:`train_candidate`.
        SQLAlchemyError: the database of the host fails.
    """
    runner = trial_runner(name, dataset, problem, seed, report)
    if plan := search_plan(problem.candidates[name], seed):
        join_search(runner, plan, host)


def trial_runner(
    name: str,
    dataset: pd.DataFrame | Path,
    problem: Problem,
    seed: int,
    report: Callable[[str], None],
) -> TrialRunner:
    """Return what the trials of a candidate have in common; arguments as of `train_candidate`.

    Raises:
        UserError: an empty split, a class without rows in train, or a metric without a value on the
            validation rows.
    """
    problem, X, rows = training_rows(dataset, problem)
    y = target_values(rows, problem)
    folds = search_folds(rows, problem)
    for name_without_values in _features_without_values(problem, rows_of(X, folds[0].fitted)):
        report(f"feature {name_without_values}: no value in train, not used there")
    weights, scored = fitting_weights(rows, y, problem), scoring_weights(rows, problem)
    return TrialRunner(name, problem, X, y, folds, weights, scored, seed, report)


def _export_quantiles(
    models: tuple[Any, Any], contract: Contract, X: np.ndarray
) -> tuple[bytes, bytes]:
    """Return the ONNX files of the models of two quantiles, each checked on its own."""
    lower, upper = (export_onnx(model, contract, X) for model in models)
    for model, content in zip(models, (lower, upper), strict=True):
        check_agreement(model, Model(content), X)
    return lower, upper


def _features_without_values(problem: Problem, X: np.ndarray) -> list[str]:
    is_empty = np.isnan(X).all(axis=0)
    return [name for name, empty in zip(problem.features, is_empty, strict=True) if empty]
