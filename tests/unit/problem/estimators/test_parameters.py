"""Parameters of candidates: unknown ones, and those that the export cannot express."""

from typing import Any

import pytest

from homestead.errors import UserError
from homestead.problem.estimators.parameters import class_code
from homestead.problem.loader import dump_problem, parse_problem
from tests.problem_text import changed_flats

BOOSTING = "sklearn.ensemble.HistGradientBoostingRegressor"
FOREST = "sklearn.ensemble.RandomForestRegressor"
LIGHTGBM = "lightgbm.LGBMRegressor"
LOGISTIC = "sklearn.linear_model.LogisticRegression"
DISTRICT = {"district": 1}
CLASSES = {
    "task": "classification",
    "metric": "f1",
    "columns__rent": {"type": "category", "allowed": ["No", "Yes"]},
    "gate": None,
}


def candidate(estimator: str, **fields: Any) -> dict[str, Any]:
    """Return the changes of the problem file that make this its only candidate."""
    return {"candidates": {"one": {"estimator": estimator, **fields}}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            candidate("sklearn.linear_model.Ridge", parameters={"alphaa": 1}),
            "one.parameters.alphaa: sklearn.linear_model.Ridge has no such parameter; allowed",
        ),
        (candidate(FOREST, search={"depth": [1]}), "one.search.depth: .* has no such parameter"),
        (
            candidate(BOOSTING, parameters={"categorical_features": [1]}),
            r"parameters.categorical_features: found \[1\], but which features have categories",
        ),
        (
            candidate(BOOSTING, search={"loss": ["squared_error", "gamma"]}) | {"target_log": True},
            "search.loss: found 'gamma', which needs a target from 0 on, but the logarithm of the",
        ),
        (
            candidate(
                FOREST, init="sklearn.linear_model.Ridge", parameters={"criterion": "poisson"}
            ),
            "parameters.criterion: found 'poisson', which .* but the residuals of 'init' may be",
        ),
        (candidate(BOOSTING, parameters={"loss": "quantile"}), "needs the parameter 'quantile'"),
        (
            candidate(BOOSTING, parameters={"monotonic_cst": {"size": 1}}),
            "monotonic_cst: found 'size', allowed are area, district",
        ),
        (
            candidate(LIGHTGBM, search={"zero_as_missing": [False, True]}),
            "search.zero_as_missing: found True, but zeros as missing values are not exported",
        ),
        (candidate(LIGHTGBM, parameters={"linear_tree": True}), "linear_tree: found True, but lin"),
        (candidate(LIGHTGBM, parameters={"boosting_type": "rf"}), "boosting_type: found 'rf', but"),
        (
            candidate(LIGHTGBM, parameters={"objective": "cross_entropy"}),
            "objective: found 'cross_entropy', allowed are",
        ),
        (
            candidate(LIGHTGBM, parameters={"objective": "poisson"}) | {"target_log": True},
            "objective: found 'poisson', which needs a target from 0 on",
        ),
        (
            candidate(LIGHTGBM, encoding="native", parameters={"monotone_constraints": DISTRICT}),
            "one.encoding: found 'native', but 'district' is constrained to one direction",
        ),
        (
            candidate(BOOSTING, encoding="native")
            | {"columns__district__allowed": [f"d{i}" for i in range(256)]},
            "one.encoding: found 'native', but 'district' has 256 categories, and .* takes 255",
        ),
        (
            CLASSES | candidate(LOGISTIC, parameters={"class_weight": {"Maybe": 1}}),
            "class_weight: found 'Maybe', allowed are No, Yes, or their positions from 0",
        ),
        (
            CLASSES | candidate(LOGISTIC, parameters={"class_weight": {"never": 1, "Yes": 2}}),
            "class_weight: found 'never', allowed are No, Yes",
        ),
    ],
)
def test_a_parameter_that_training_would_refuse_is_named(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        parse_problem(changed_flats(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        candidate(BOOSTING, parameters={"categorical_features": None, "loss": "poisson"}),
        candidate(BOOSTING, parameters={"loss": "quantile"}, search={"quantile": [0.4, 0.5]}),
        candidate(BOOSTING, parameters={"monotonic_cst": {"area": 1}}),
        CLASSES | candidate(LOGISTIC, search={"class_weight": ["balanced", None, {"Yes": 3}]}),
        CLASSES | candidate(LOGISTIC, parameters={"class_weight": {0: 1, 1: 3}}),
        candidate(LIGHTGBM, parameters={"monotone_constraints": DISTRICT, "objective": "gamma"}),
        candidate(LIGHTGBM, init="sklearn.linear_model.Ridge", encoding="target"),
    ],
)
def test_what_can_be_exported_is_accepted_and_survives_being_a_parameter(
    changes: dict[str, Any],
) -> None:
    problem = parse_problem(changed_flats(**changes))
    parse_problem(dump_problem(problem))


def test_a_class_is_given_by_name_or_by_code_and_names_win() -> None:
    assert [class_code(key, ("low", "high")) for key in ("high", 0, "0", "2", False)] == [
        *(1, 0, 0),
        *(None, None),
    ]
    # Words for true and false stand for each other.
    assert [class_code(key, ("Yes", "No")) for key in (True, "no", "0", 1)] == [0, 1, 1, 0]
    assert class_code("1", ("1", "0")) == class_code(1, ("1", "0")) == 0
