"""Makes ``shap_figures.json``: small models, rows, and what the ``shap`` package says of them.

    python -m tests.unit.make_shap_figures    # with shap 0.51.0 beside the locked environment

The models travel as the ONNX files that the figures are for.
"""

import base64
import json
from pathlib import Path

import numpy as np

from homestead.model.onnx_export import export_onnx
from homestead.problem.contract import Contract
from tests.unit.test_onnx import fitted, made

FIGURES = Path(__file__).with_name("shap_figures.json")
ROWS = 6


def main() -> None:
    """Write the file anew."""
    import shap

    cases = [
        ("ensemble.RandomForestRegressor", {"n_estimators": 4, "max_depth": 4}, 0),
        ("ensemble.RandomForestClassifier", {"n_estimators": 3, "max_depth": 4}, 3),
        ("ensemble.HistGradientBoostingRegressor", {"max_iter": 6, "max_leaf_nodes": 12}, 0),
        ("ensemble.HistGradientBoostingClassifier", {"max_iter": 5, "max_leaf_nodes": 9}, 2),
    ]
    figures = {}
    for path, params, classes in cases:
        problem = made(classes)
        # shap knows no missing values in a forest.
        estimator, X = fitted(path, params, problem, missing="Forest" not in path)
        found = shap.TreeExplainer(estimator, feature_perturbation="tree_path_dependent")
        rows = X[:ROWS]
        values = np.asarray(found.shap_values(rows, check_additivity=False))
        figures[path] = {
            "onnx": base64.b64encode(export_onnx(estimator, Contract.of(problem), X)).decode(),
            "X": [[None if np.isnan(v) else v for v in row] for row in rows.tolist()],
            "shap": values.reshape(ROWS, X.shape[1], -1).tolist(),
            "base": np.ravel(found.expected_value).tolist(),
        }
    FIGURES.write_text(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
