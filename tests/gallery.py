"""The gallery's tables, and trainings of a few rows and trials, beside plain scikit-learn."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.quality.__main__ import TARGETS
from homestead.data.ingest import check_rows
from homestead.data.tables import read_table, write_parquet
from homestead.model.onnx_model import Model
from homestead.problem.contract import Contract
from homestead.problem.encoding import feature_matrix, target_values
from homestead.problem.learnt import resolve_problem
from homestead.problem.model_metrics.table import MODEL_METRICS
from homestead.problem.schema import Problem
from homestead.problem.split import HOLDOUT, SPLIT_COLUMN
from homestead.steps.training_set import build_training_set
from homestead.training.search import train_candidate

EXAMPLES = Path(__file__).parents[1] / "problems" / "examples"
NAMES = tuple(TARGETS)
MAX_ROWS = 5000
_CHEAP: dict[str, dict[str, Any]] = {
    "random_forest": {"n_estimators": 20},
    "gradient_boosting": {"learning_rate": 0.05, "max_features": 0.3},
    "lightgbm": {"learning_rate": 0.05, "colsample_bytree": 0.4},
}


def tables_module() -> ModuleType:
    """Return ``problems/examples/tables.py``, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("gallery_tables", EXAMPLES / "tables.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def reduced(problem: Problem) -> Problem:
    """Return the problem with one trial of each candidate, with the same usual parameters."""
    candidates = {}
    for name, candidate in problem.candidates.items():
        parameters = {**candidate.parameters, **_CHEAP.get(name, {})}
        changes: dict[str, Any] = {"trials": 1, "parameters": parameters}
        if name in _CHEAP:
            changes["search"] = {}
        candidates[name] = candidate.model_copy(update=changes)
    return problem.model_copy(update={"candidates": candidates})


def training_rows(problem: Problem, folder: Path) -> pd.DataFrame:
    """Return the training set of the last rows of a problem's table, at most ``MAX_ROWS``."""
    table, _ = read_table(problem.source, problem.format)
    valid = check_rows(table.tail(MAX_ROWS), problem).valid
    write_parquet(valid, folder / "valid.parquet")
    build_training_set(
        problem,
        valid=folder / "valid.parquet",
        views=folder / "views",
        dataset=folder / "dataset.parquet",
        report=lambda line: None,
    )
    return pd.read_parquet(folder / "dataset.parquet")


def homestead_score(problem: Problem, dataset: pd.DataFrame) -> float:
    """Train each candidate, and return the score on the holdout of the best one on validation."""
    metric = MODEL_METRICS[problem.metric]
    trained = [train_candidate(name, dataset, problem) for name in problem.candidates]
    best = min(trained, key=lambda t: metric.order(t.validation[metric.name].value))
    resolved = resolve_problem(problem, dataset)
    holdout = dataset[dataset[SPLIT_COLUMN] == HOLDOUT]
    X = feature_matrix(holdout, Contract.from_problem(resolved))
    return _score(resolved, holdout, Model(best.onnx).predict(X))


def plain_score(problem: Problem, dataset: pd.DataFrame) -> float:
    """Return the score of scikit-learn's gradient boosting as a user would write it by hand."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    resolved = resolve_problem(problem, dataset)
    is_holdout = (dataset[SPLIT_COLUMN] == HOLDOUT).to_numpy()
    inputs = dataset[list(problem.features)].copy()
    for name in inputs.select_dtypes(["boolean", "bool", "Int64"]):
        inputs[name] = inputs[name].astype("Float64").to_numpy(float, na_value=np.nan)
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, min_frequency=5)
    prepare = make_column_transformer(
        (codes, make_column_selector(dtype_include=object)), remainder="passthrough"
    )
    is_regression = problem.task == "regression"
    y = target_values(dataset, resolved)
    if is_regression:
        model = HistGradientBoostingRegressor(random_state=0)
    else:
        model = HistGradientBoostingClassifier(random_state=0)
    fitted = make_pipeline(prepare, model)
    if problem.target_log:
        y = np.log(y)
    fitted.fit(inputs[~is_holdout], y[~is_holdout])
    rows = inputs[is_holdout]
    predicted = fitted.predict(rows) if is_regression else fitted.predict_proba(rows)
    predicted = np.exp(predicted) if problem.target_log else predicted
    return _score(resolved, dataset[is_holdout], predicted)


def _score(problem: Problem, holdout: pd.DataFrame, predicted: np.ndarray) -> float:
    metric = MODEL_METRICS[problem.metric]
    value = metric.measure(target_values(holdout, problem), np.asarray(predicted)).value
    assert value is not None
    return value
