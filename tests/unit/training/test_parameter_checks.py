"""Parameters that training would refuse, found without the problem's rows."""

import re
from typing import Any

import pytest

from homestead.problem.loader import parse_problem
from homestead.training.parameter_checks import parameter_errors
from tests.problem_text import changed_flats

BOOSTING = "sklearn.ensemble.HistGradientBoosting"
FOREST = "sklearn.ensemble.RandomForest"
LOGISTIC = "sklearn.linear_model.LogisticRegression"
RIDGE = "sklearn.linear_model.Ridge"


def errors(estimator: str, classes: int = 0, **candidate: Any) -> list[str]:
    changes: dict[str, Any] = {"features": ["area", "district"]}
    if classes:
        allowed = [f"k{number}" for number in range(classes)]
        target = {"type": "category", "allowed": allowed}
        changes |= {"task": "classification", "metric": "f1", "gate": None, "columns__rent": target}
    candidates = {"one": {"estimator": estimator, **candidate}}
    return list(parameter_errors(parse_problem(changed_flats(candidates=candidates, **changes))))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((RIDGE, 0, {"alpha": -1}), "one.parameters.alpha: The 'alpha' parameter of Ridge must be"),
        ((f"{BOOSTING}Regressor", 0, {"loss": "huber"}), "one.parameters.loss: The 'loss' param"),
        (("lightgbm.LGBMRegressor", 0, {"num_leaves": 1}), "lightgbm.LGBMRegressor: .*num_leaves"),
        ((LOGISTIC, 3, {"solver": "liblinear"}), "LogisticRegression: The 'liblinear' solver"),
        (
            (f"{BOOSTING}Classifier", 3, {"monotonic_cst": {"area": 1}}),
            "HistGradientBoostingClassifier: .*onoton.*multiclass",
        ),
        (
            (f"{BOOSTING}Regressor", 0, {"monotonic_cst": [1]}),
            "HistGradientBoostingRegressor: .*monotonic_cst",
        ),
    ],
)
def test_what_an_estimator_refuses_is_named(
    arguments: tuple[str, int, dict[str, Any]], message: str
) -> None:
    estimator, classes, parameters = arguments
    (error,) = errors(estimator, classes, parameters=parameters)
    assert error.startswith("candidates.one")
    assert re.search(message, error), error


def test_of_several_values_the_refused_one_is_named() -> None:
    (error,) = errors(LOGISTIC, 3, search={"solver": ["lbfgs", "liblinear"], "C": [1, 2]})
    assert "(solver 'liblinear', C 1)" in error


@pytest.mark.parametrize(
    ("estimator", "classes", "parameters"),
    [
        (RIDGE, 0, {"positive": True, "solver": "lbfgs"}),
        (LOGISTIC, 3, {"class_weight": {"k2": 4}, "C": 0.5}),
        (f"{FOREST}Regressor", 0, {"criterion": "poisson", "max_samples": 5000}),
        (f"{FOREST}Classifier", 2, {"class_weight": {"k1": 3}, "monotonic_cst": {"area": 1}}),
        (f"{FOREST}Classifier", 3, {"class_weight": "balanced_subsample", "ccp_alpha": 0.01}),
        (f"{BOOSTING}Regressor", 0, {"loss": "gamma", "interaction_cst": "no_interactions"}),
        (f"{BOOSTING}Regressor", 0, {"loss": "quantile", "quantile": 0.9, "max_features": 0.5}),
        (f"{BOOSTING}Classifier", 3, {"class_weight": "balanced", "early_stopping": True}),
        ("lightgbm.LGBMRegressor", 0, {"objective": "quantile", "alpha": 0.9}),
        ("lightgbm.LGBMRegressor", 0, {"boosting_type": "dart", "n_estimators": 5}),
        ("lightgbm.LGBMClassifier", 3, {"class_weight": {"k2": 4}, "num_leaves": 7}),
    ],
)
def test_what_can_be_fitted_and_exported_is_not_refused(
    estimator: str, classes: int, parameters: dict[str, Any]
) -> None:
    assert errors(estimator, classes, parameters=parameters) == []
