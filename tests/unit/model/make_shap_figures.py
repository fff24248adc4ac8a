"""Writes ``shap_figures.json``: small models, rows, and their SHAP values by the ``shap`` package.

    python -m tests.unit.model.make_shap_figures               # with shap 0.51.0 installed as well
    python -m tests.unit.model.make_shap_figures --models-only # keeps the SHAP values

The models are stored as the ONNX files that the test explains. ``--models-only`` is for a change
of the exporter: it refuses a model that does not predict what the stored one does.
"""

import argparse
import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from homestead.model.onnx_export import export_onnx
from homestead.model.onnx_model import Model
from homestead.problem.contract import Contract
from tests.unit.model.fitted_models import fitted, small_problem

FIGURES = Path(__file__).with_name("shap_figures.json")
ROWS = 6
CASES: list[tuple[str, dict[str, object], int]] = [
    ("ensemble.RandomForestRegressor", {"n_estimators": 4, "max_depth": 4}, 0),
    ("ensemble.RandomForestClassifier", {"n_estimators": 3, "max_depth": 4}, 3),
    ("ensemble.HistGradientBoostingRegressor", {"max_iter": 6, "max_leaf_nodes": 12}, 0),
    ("ensemble.HistGradientBoostingClassifier", {"max_iter": 5, "max_leaf_nodes": 9}, 2),
]


class _Case(NamedTuple):
    path: str
    estimator: Any
    content: bytes
    X: np.ndarray


def main() -> None:
    """Write the file anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models-only", action="store_true", help="keep the SHAP values")
    stored = json.loads(FIGURES.read_text()) if parser.parse_args().models_only else None
    figures = {}
    for case in _cases():
        values = _shap_values(case) if stored is None else _checked(case, stored[case.path])
        figures[case.path] = {"onnx": base64.b64encode(case.content).decode(), **values}
    FIGURES.write_text(json.dumps(figures) + "\n")


def _cases() -> Iterator[_Case]:
    for path, params, classes in CASES:
        problem = small_problem(classes)
        # shap does not support missing values in a forest.
        estimator, X = fitted(path, params, problem, missing="Forest" not in path)
        content = export_onnx(estimator, Contract.from_problem(problem), X)
        yield _Case(path, estimator, content, X[:ROWS])


def _shap_values(case: _Case) -> dict[str, Any]:
    import shap

    explainer = shap.TreeExplainer(case.estimator, feature_perturbation="tree_path_dependent")
    values = np.asarray(explainer.shap_values(case.X, check_additivity=False))
    return {
        "X": [[None if np.isnan(v) else v for v in row] for row in case.X.tolist()],
        "shap": values.reshape(*case.X.shape, -1).tolist(),
        "base": np.ravel(explainer.expected_value).tolist(),
    }


def _checked(case: _Case, stored: dict[str, Any]) -> dict[str, Any]:
    X = np.array(stored["X"], dtype=float)
    np.testing.assert_array_equal(X, case.X)
    before = Model(base64.b64decode(stored["onnx"])).predict(X)
    np.testing.assert_array_equal(Model(case.content).predict(X), before)
    return {key: stored[key] for key in ("X", "shap", "base")}


if __name__ == "__main__":
    main()
