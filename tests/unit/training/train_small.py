"""Train a candidate of each kind on 400 rows, and print the digests: ``python -m …train_small``."""

import hashlib

import numpy as np
import pandas as pd

from homestead.problem.loader import parse_problem
from homestead.training.search import train_candidate
from tests.problem_text import changed_flats

_ROWS, _DISTRICTS = 400, [f"d{number:03d}" for number in range(150)]
_ENSEMBLE, _LINEAR = "sklearn.ensemble", "sklearn.linear_model"
_BOOSTING = {"parameters": {"max_iter": 15}}
_FOREST = {"parameters": {"n_estimators": 10, "n_jobs": 2}, "search": {"max_depth": [4, 5]}}
_LIGHTGBM = {"parameters": {"n_estimators": 15, "subsample": 0.7, "subsample_freq": 1}}
_REGRESSORS = {
    "ridge": {"estimator": f"{_LINEAR}.Ridge"},
    "net": {"estimator": f"{_LINEAR}.ElasticNet", "parameters": {"alpha": 0.01}},
    "forest": {"estimator": f"{_ENSEMBLE}.RandomForestRegressor", **_FOREST},
    "boosting": {"estimator": f"{_ENSEMBLE}.HistGradientBoostingRegressor", **_BOOSTING},
    "residual": {
        "estimator": f"{_ENSEMBLE}.HistGradientBoostingRegressor",
        "init": f"{_LINEAR}.Ridge",
        **_BOOSTING,
    },
    "lightgbm": {"estimator": "lightgbm.LGBMRegressor", **_LIGHTGBM},
}
_CLASSIFIERS = {
    "logistic": {"estimator": f"{_LINEAR}.LogisticRegression", "parameters": {"C": 0.1}},
    "forest": {"estimator": f"{_ENSEMBLE}.RandomForestClassifier", **_FOREST},
    "boosting": {"estimator": f"{_ENSEMBLE}.HistGradientBoostingClassifier", **_BOOSTING},
    "lightgbm": {"estimator": "lightgbm.LGBMClassifier", "encoding": "target", **_LIGHTGBM},
}


def dataset() -> pd.DataFrame:
    """Return a training set of 400 rows without a holdout."""
    draw = np.random.default_rng(0)
    district = draw.choice(_DISTRICTS, _ROWS)
    area = draw.uniform(20, 90, _ROWS)
    rent = 9 * area + pd.Series(district).str[1:].astype(int) + draw.normal(0, 20, _ROWS)
    split = np.where(np.arange(_ROWS) < 300, "train", "validation")
    return pd.DataFrame({"area": area, "district": district, "rent": rent, "split": split})


def print_digests() -> None:
    """Train the candidates and print name, digest and validation metrics of each."""
    rows = dataset()
    district = {"type": "category", "allowed": _DISTRICTS}
    changes = {"columns__district": district, "features": ["area", "district"], "gate": None}
    regression = changed_flats(**changes, candidates=_REGRESSORS)
    classes = {"type": "category", "allowed": ["low", "middle", "high"]}
    task = {"task": "classification", "metric": "log_loss", "columns__rent": classes}
    classification = changed_flats(**changes, **task, candidates=_CLASSIFIERS)
    levels = pd.cut(rows["rent"], [0, 400, 700, 9000], labels=classes["allowed"]).astype(object)
    for text, table in ((regression, rows), (classification, rows.assign(rent=levels))):
        problem = parse_problem(text)
        for name in problem.candidates:
            trained = train_candidate(name, table, problem, seed=3)
            print(problem.task, name, hashlib.sha256(trained.onnx).hexdigest(), trained.validation)  # noqa: T201


if __name__ == "__main__":
    print_digests()
