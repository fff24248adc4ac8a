"""Training of one candidate: parameter search, fit on all rows before the holdout, ONNX export."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from homestead.model.onnx_calibration import add_calibration
from homestead.model.onnx_export import export_onnx
from homestead.model.onnx_interval import add_interval
from homestead.model.onnx_model import Model, check_agreement
from homestead.model.performance_model import PerformanceModel
from homestead.problem.answers.interval import PredictionInterval, QuantileInterval
from homestead.problem.answers.metrics import problem_metric, problem_metrics
from homestead.problem.answers.row_weights import fitting_weights, scoring_weights
from homestead.problem.contract import Contract
from homestead.problem.encoding import feature_matrix, target_values
from homestead.problem.learnt import resolve_problem
from homestead.problem.model_metrics.table import MetricValue, score
from homestead.problem.schema import Problem
from homestead.problem.sections.candidate import Candidate
from homestead.threads import reproducible_threads
from homestead.training.answer_rules import (
    TunedAnswers,
    conformal_interval,
    quantile_interval,
    tune_answers,
)
from homestead.training.estimators import fit_candidate, predict
from homestead.training.folds import mean_values, search_folds
from homestead.training.performance_model import fit_performance_model
from homestead.training.quantile_bounds import (
    asks_for_quantiles,
    fit_quantile_models,
    predict_quantiles,
)


@dataclass(frozen=True)
class Trial:
    """One set of parameters, fitted on train and scored on validation, once for each origin.

    Attributes:
        params: the searched parameters, without the fixed ones.
        validation: metrics on validation, by name; with several origins their means.
        folds: the metrics of each fold, the newest first.
    """

    params: Mapping[str, Any]
    validation: Mapping[str, MetricValue]
    folds: tuple[Mapping[str, MetricValue], ...] = ()


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
    """

    name: str
    onnx: bytes
    params: Mapping[str, Any]
    validation: Mapping[str, MetricValue]
    trials: tuple[Trial, ...]
    disagreement: float
    performance: PerformanceModel | None = None


@reproducible_threads()
def train_candidate(
    name: str,
    dataset: pd.DataFrame,
    problem: Problem,
    seed: int = 0,
    report: Callable[[str], None] = lambda message: None,
) -> TrainedCandidate:
    """Search, fit, export and check one candidate.

    Args:
        name: a key of ``problem.candidates``.
        dataset: the training set, with its column ``split``. The holdout is not fitted on.
        seed: of the search and the estimator.
        report: takes a line for each trial.

    Raises:
        UserError: an empty split, a class without rows in train, a metric without a value on the
            validation rows, parameters that the estimator refuses, or a fit that fails.
    """
    problem = resolve_problem(problem, dataset)
    contract = Contract.from_problem(problem)
    X, y = feature_matrix(dataset, contract), target_values(dataset, problem)
    folds = search_folds(dataset, problem)
    metric, metrics = problem_metric(problem), problem_metrics(problem)
    for name_without_values in _features_without_values(problem, X[folds[0].fitted]):
        report(f"feature {name_without_values}: no value in train, not used there")
    weights, scored = fitting_weights(dataset, y, problem), scoring_weights(dataset, problem)
    weight_of = partial(_weights_of, weights)
    trials: list[Trial] = []
    answers: list[TunedAnswers] = []
    for params in _sampled_params(problem.candidates[name], seed):
        measured: list[Mapping[str, MetricValue]] = []
        for fold in folds:
            rows = fold.fitted
            fitted = fit_candidate(name, params, problem, X[rows], y[rows], seed, weight_of(rows))
            raw = predict(fitted, X[fold.scored], problem)
            scored_weights = _weights_of(scored, fold.scored)
            tuned = tune_answers(problem, y[fold.scored], raw, scored_weights, report)
            measured.append(score(metrics, y[fold.scored], tuned.predictions, scored_weights))
            if fold is folds[0]:
                answers.append(tuned)
        trials.append(Trial(params, mean_values(measured), tuple(measured)))
        report(f"trial {len(trials)}: {_describe(trials[-1], metric.name)} {params}")
    orders = [metric.order(trial.validation[metric.name].value) for trial in trials]
    best, tuned = trials[orders.index(min(orders))], answers[orders.index(min(orders))]
    rows, scored_rows = folds[0].fitted, folds[0].scored
    known = rows | scored_rows
    fitted = fit_candidate(name, best.params, problem, X[known], y[known], seed, weight_of(known))
    fit_quantiles = partial(fit_quantile_models, name, best.params, problem)
    interval: PredictionInterval | QuantileInterval | None
    if asks_for_quantiles(problem):
        models = fit_quantiles(X[rows], y[rows], seed, weight_of(rows))
        quantiles = predict_quantiles(models, X[scored_rows], problem)
        interval = quantile_interval(problem, y[scored_rows], quantiles)
    else:
        interval = conformal_interval(problem, y[scored_rows], tuned.raw)
    contract = contract.model_copy(
        update={
            "calibration": tuned.calibration,
            "decision": tuned.decision,
            "interval": interval,
        }
    )
    content = export_onnx(fitted, contract, X[known])
    disagreement = check_agreement(fitted, Model(content), X)
    if tuned.calibration is not None:
        content = add_calibration(content, tuned.calibration, X)
    if isinstance(interval, QuantileInterval):
        models = fit_quantiles(X[known], y[known], seed, weight_of(known))
        content = add_interval(content, _export_quantiles(models, contract, X), interval, X)
    return TrainedCandidate(
        name=name,
        onnx=content,
        params={**problem.candidates[name].parameters, **best.params},
        validation=best.validation,
        trials=tuple(trials),
        disagreement=disagreement,
        performance=fit_performance_model(
            problem, contract, X[scored_rows], y[scored_rows], tuned.raw, seed
        ),
    )


def _export_quantiles(
    models: tuple[Any, Any], contract: Contract, X: np.ndarray
) -> tuple[bytes, bytes]:
    """Return the ONNX files of the models of two quantiles, each checked on its own."""
    lower, upper = (export_onnx(model, contract, X) for model in models)
    for model, content in zip(models, (lower, upper), strict=True):
        check_agreement(model, Model(content), X)
    return lower, upper


def _weights_of(weights: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    return None if weights is None else weights[rows]


def _describe(trial: Trial, metric: str) -> str:
    """Return a trial's metric, and its values by fold if there are several."""
    values = [values[metric].value for values in (trial.validation, *trial.folds)]
    mean, *by_fold = ["without a value" if v is None else f"{v:.4f}" for v in values]
    return f"{metric} {mean}" + (f" ({', '.join(by_fold)})" if len(by_fold) > 1 else "")


def _features_without_values(problem: Problem, X: np.ndarray) -> list[str]:
    is_empty = np.isnan(X).all(axis=0)
    return [name for name, empty in zip(problem.features, is_empty, strict=True) if empty]


def _sampled_params(candidate: Candidate, seed: int) -> list[dict[str, Any]]:
    """Return distinct points of the candidate's search space, at most ``trials``."""
    from sklearn.model_selection import ParameterSampler

    size = int(np.prod([len(values) for values in candidate.search.values()], dtype=float))
    sampler = ParameterSampler(
        candidate.search, n_iter=min(candidate.trials, size), random_state=seed
    )
    return [dict(params) for params in sampler]
