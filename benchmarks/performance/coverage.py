"""How often the interval of an estimate without labels holds what is measured once labels come."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from homestead.model.performance_model import PerformanceModel
from homestead.performance.estimated import estimate
from homestead.performance.measured import measure
from homestead.performance.served_rows import ServedRows
from homestead.problem.contract import Contract
from homestead.problem.model_metrics.predictions import Predictions
from homestead.problem.model_metrics.table import MODEL_METRICS
from homestead.problem.schema import Problem
from homestead.training.performance_model import fit_performance_model
from tests.target_problems import target_problem

VALIDATION_ROWS, SERVED_ROWS, CONFIDENCE = 2_000, 500, 0.95
SAME, SHIFTED, CHANGED = "the same", "inputs shifted", "relation changed"
SITUATIONS = (SAME, SHIFTED, CHANGED)
_SHIFT = 0.7
_METRICS = {"classification": ("accuracy", "log_loss", "roc_auc"), "regression": ("mae", "rmse")}


@dataclass(frozen=True)
class Trial:
    """One estimate, and what was measured on the same rows."""

    metric: str
    situation: str
    held: bool
    estimated: float
    measured: float


@dataclass(frozen=True)
class _Rows:
    inputs: np.ndarray
    y: np.ndarray
    raw: np.ndarray


def trials(task: str, seed: int) -> Iterator[Trial]:
    """Fit on validation rows, and yield the estimates of served rows in each situation."""
    draw = np.random.default_rng(seed)
    rows_of = _classes if task == "classification" else _numbers
    problem = _problem(task)
    contract = Contract.from_problem(problem)
    validation = rows_of(VALIDATION_ROWS, SAME, draw)
    learnt = fit_performance_model(
        problem, contract, validation.inputs, validation.y, validation.raw, seed
    )
    metrics = [MODEL_METRICS[name] for name in _METRICS[task]]
    for situation in SITUATIONS:
        served = _served(rows_of(SERVED_ROWS, situation, draw), contract, learnt)
        measured = measure(metrics, served, CONFIDENCE)
        estimated = estimate(metrics, served, learnt, CONFIDENCE, seed=seed)
        for metric in metrics:
            figure, value = estimated[metric.name].figure, measured[metric.name].figure.value
            if None not in (figure.value, figure.low, figure.high, value):
                held = bool(figure.low <= value <= figure.high)  # type: ignore[operator]
                yield Trial(metric.name, situation, held, float(figure.value), float(value))  # type: ignore[arg-type]


def _problem(task: str) -> Problem:
    if task == "classification":
        return target_problem("{type: boolean}", metric="accuracy")
    return target_problem("{type: number}", task="regression", metric="rmse")


def _inputs(count: int, situation: str, draw: np.random.Generator) -> np.ndarray:
    return draw.normal(_SHIFT if situation == SHIFTED else 0.0, 1.0, (count, 2))


def _classes(count: int, situation: str, draw: np.random.Generator) -> _Rows:
    """Draw rows of a model that is too sure: its log odds are half as large again."""
    inputs = _inputs(count, situation, draw)
    odds = 1.5 * inputs[:, 0] - 0.5 * inputs[:, 1]
    truth = 0.5 * odds if situation == CHANGED else odds
    y = (draw.random(count) < _logistic(truth)).astype(int)
    p = _logistic(1.5 * odds)
    return _Rows(inputs, y, np.column_stack([1 - p, p]))


def _logistic(odds: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-odds)))


def _numbers(count: int, situation: str, draw: np.random.Generator) -> _Rows:
    """Draw rows whose errors grow with the first input."""
    inputs = _inputs(count, situation, draw)
    mean, spread = 3 * inputs[:, 0] + inputs[:, 1], np.exp(0.5 * inputs[:, 0])
    truth = mean + 1.0 if situation == CHANGED else mean
    return _Rows(inputs, truth + spread * draw.standard_normal(count), mean)


def _served(rows: _Rows, contract: Contract, learnt: PerformanceModel) -> ServedRows:
    count = len(rows.y)
    names = learnt.features or contract.features
    features = [dict(zip(names, map(float, row), strict=True)) for row in rows.inputs]
    is_number = rows.raw.ndim == 1
    codes = None if is_number else rows.raw.argmax(axis=1)
    return ServedRows(
        at=np.arange(count, dtype=float),
        predictions=Predictions(rows.raw, codes),
        y=rows.y,
        groups=np.arange(count),
        features=features,
        has_probabilities=True,
    )
