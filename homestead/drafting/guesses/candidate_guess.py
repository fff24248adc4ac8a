"""Candidates of a draft: a linear model, a forest, and boosting by scikit-learn and by LightGBM.

The values to search lie around the libraries' defaults. Tables with many rows get fewer trials and
smaller forests, so that a first training ends within minutes.
"""

from collections.abc import Mapping
from typing import Any

from homestead.errors import UserError
from homestead.problem.model_metrics.table import Task
from homestead.problem.sections.candidate import ESTIMATORS
from homestead.training.estimators import import_estimator

_MEDIAN_METRICS = ("mae", "mape")
_MANY_ROWS, _VERY_MANY_ROWS = 20_000, 100_000
_FEW_ROWS = 1000


def guess_candidates(task: Task, metric: str, rows: int) -> dict[str, dict[str, Any]]:
    """Return the section ``candidates``.

    Args:
        rows: of the table.
    """
    suffix = "Regressor" if task == "regression" else "Classifier"
    candidates = {
        "linear": _linear(task),
        "random_forest": {
            "estimator": f"sklearn.ensemble.RandomForest{suffix}",
            "parameters": {"n_estimators": 100 if rows < _MANY_ROWS else 40, "max_leaf_nodes": 750},
            "search": {"max_features": [0.2, 0.4, 0.7], "min_samples_leaf": [1, 3, 5]},
            "trials": _trials(4, rows),
        },
        "gradient_boosting": {
            "estimator": f"sklearn.ensemble.HistGradientBoosting{suffix}",
            "parameters": {
                **_loss("loss", "absolute_error", task, metric),
                "max_iter": 150 if rows < _FEW_ROWS else 300,
                "early_stopping": False,
            },
            "search": {
                "learning_rate": [0.03, 0.06, 0.1],
                "max_features": [0.3, 0.6, 1.0],
                "max_leaf_nodes": [7, 15, 31],
                "min_samples_leaf": [5, 20, 40],
            },
            "trials": _trials(6, rows),
        },
        "lightgbm": {
            "estimator": f"lightgbm.LGBM{suffix}",
            "parameters": {
                **_loss("objective", "regression_l1", task, metric),
                "n_estimators": 150 if rows < _FEW_ROWS else 400,
            },
            "search": {
                "learning_rate": [0.02, 0.05, 0.1],
                "num_leaves": [7, 15, 31, 63],
                "min_child_samples": [5, 20, 50],
                "colsample_bytree": [0.4, 0.7, 1.0],
                "reg_lambda": [0.0, 1.0, 10.0],
            },
            "trials": _trials(8, rows),
        },
    }
    return {name: c for name, c in candidates.items() if c["estimator"] in ESTIMATORS}


def without_untrainable(
    candidates: Mapping[str, Mapping[str, Any]],
) -> tuple[dict[str, Mapping[str, Any]], dict[str, str]]:
    """Return the candidates that this machine can train, and why it cannot train the others.

    Returns:
        Candidates by name, and reasons by name: LightGBM lacks the system's OpenMP library.
    """
    trainable, reasons = {}, {}
    for name, candidate in candidates.items():
        try:
            import_estimator(candidate["estimator"])
        except UserError as error:
            reasons[name] = str(error)
        else:
            trainable[name] = candidate
    return trainable, reasons


def _linear(task: Task) -> dict[str, Any]:
    if task == "regression":
        search = {"alpha": [0.1, 1.0, 10.0, 100.0]}
        return {"estimator": "sklearn.linear_model.Ridge", "search": search, "trials": 4}
    return {
        "estimator": "sklearn.linear_model.LogisticRegression",
        "parameters": {"max_iter": 1000},
        "search": {"C": [0.01, 0.1, 1.0, 10.0]},
        "trials": 4,
    }


def _loss(key: str, value: str, task: Task, metric: str) -> Mapping[str, Any]:
    """Return the loss that aims at the median, for metrics that are best there."""
    return {key: value} if task == "regression" and metric in _MEDIAN_METRICS else {}


def _trials(most: int, rows: int) -> int:
    if rows >= _VERY_MANY_ROWS:
        return 2
    return max(2, most // 2) if rows >= _MANY_ROWS else most
