"""Estimators of candidates: their preparation, and what they refuse."""

import numpy as np
import pytest

from homestead.errors import UserError
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.problem.sections.candidate import Candidate
from homestead.training.estimators import build_estimator, fit_candidate, import_estimator, predict
from tests.problem_text import changed_flats

FOREST = Candidate(estimator="sklearn.ensemble.RandomForestRegressor", encoding="ordinal")


@pytest.fixture
def problem() -> Problem:
    return parse_problem(changed_flats(features=["area", "district"]))


def test_linear_models_get_missing_numbers_imputed_and_categories_one_hot(
    problem: Problem,
) -> None:
    X = np.array([[10.0, 0], [20, 1], [np.nan, 0], [40, 1]])
    fitted = fit_candidate("ridge", {"alpha": 1e-9}, problem, X, np.array([1.0, 3, 2, 5]), 0)
    predictions = predict(fitted, np.array([[np.nan, 0], [20, np.nan]]), problem)
    assert np.isfinite(predictions).all()


def test_the_seed_is_used_unless_a_parameter_sets_the_state(problem: Problem) -> None:
    assert build_estimator(FOREST, {}, problem, 7).get_params()["random_state"] == 7
    fixed = FOREST.model_copy(update={"parameters": {"random_state": 3}})
    assert build_estimator(fixed, {}, problem, 7).get_params()["random_state"] == 3
    unset = FOREST.model_copy(update={"parameters": {"random_state": None}})
    assert build_estimator(unset, {}, problem, 7).get_params()["random_state"] == 7


def test_searched_parameters_and_fixed_ones_reach_the_estimator(problem: Problem) -> None:
    candidate = FOREST.model_copy(update={"parameters": {"n_estimators": 3}})
    params = build_estimator(candidate, {"max_depth": 2}, problem, 0).get_params()
    assert (params["n_estimators"], params["max_depth"]) == (3, 2)


def test_a_log_target_predicts_in_the_targets_unit() -> None:
    problem = parse_problem(changed_flats(features=["area"], target_log=True))
    X = np.linspace(1, 3, 50)[:, None]
    fitted = fit_candidate("ridge", {"alpha": 1e-9}, problem, X, np.exp(X[:, 0] + 4), 0)
    np.testing.assert_allclose(predict(fitted, X[:3], problem), np.exp(X[:3, 0] + 4), rtol=1e-6)


@pytest.mark.parametrize(
    "candidate",
    [
        Candidate(estimator="sklearn.linear_model.Ridge", parameters={"alpha": 1e-9}),
        FOREST.model_copy(update={"parameters": {"bootstrap": False}}),
        Candidate(
            estimator="sklearn.ensemble.HistGradientBoostingRegressor",
            init="sklearn.linear_model.Ridge",
            parameters={"min_samples_leaf": 1},
        ),
    ],
)
@pytest.mark.parametrize("log", [False, True])
def test_rows_of_weight_0_do_not_count(candidate: Candidate, log: bool) -> None:
    problem = parse_problem(changed_flats(features=["area", "district"], target_log=log))
    problem = problem.model_copy(update={"candidates": {"one": candidate}})
    X = np.column_stack([np.linspace(1, 2, 80), np.arange(80) % 2])
    y = 1 + X[:, 0]
    y[1::2] = 1000
    weights = np.tile([1.0, 0.0], 40)
    fitted = fit_candidate("one", {}, problem, X, y, 0, sample_weight=weights)
    assert predict(fitted, X[::2], problem).max() < 4
    even = fit_candidate("one", {}, problem, X, y, 0)
    assert predict(even, X, problem).max() > 100


@pytest.mark.parametrize("weights", [{"left": 5}, {1: 5}, {"1": 5}])
def test_classes_are_weighted_by_name_or_code(churn: Problem, weights: dict[object, int]) -> None:
    logistic = Candidate(
        estimator="sklearn.linear_model.LogisticRegression", parameters={"class_weight": weights}
    )
    assert churn.category_codes(churn.target) == ("stayed", "left")
    model = build_estimator(logistic, {}, churn, 0).named_steps["model"]
    assert model.class_weight == {1: 5}


def test_features_are_constrained_by_name(problem: Problem) -> None:
    candidate = FOREST.model_copy(update={"parameters": {"monotonic_cst": {"district": -1}}})
    assert build_estimator(candidate, {}, problem, 0).monotonic_cst == [0, -1]


def test_a_refused_value_is_reported_with_the_candidate(problem: Problem) -> None:
    X, y = np.ones((4, 2)), np.arange(4.0)
    with pytest.raises(
        UserError, match=r"candidates\.ridge: sklearn\.linear_model\.Ridge: .*alpha"
    ):
        fit_candidate("ridge", {"alpha": -1}, problem, X, y, 0)


def test_a_value_that_lightgbm_refuses_is_reported_with_the_candidate(problem: Problem) -> None:
    candidate = Candidate(estimator="lightgbm.LGBMRegressor", parameters={"num_leaves": 1})
    changed = problem.model_copy(update={"candidates": {"one": candidate}})
    with pytest.raises(UserError, match=r"candidates\.one: lightgbm\.LGBMRegressor: .*num_leaves"):
        fit_candidate("one", {}, changed, np.ones((40, 2)), np.arange(40.0), 0)


def test_lightgbm_without_openmp_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_library(name: str) -> None:
        raise OSError("libgomp.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.setattr("importlib.import_module", without_library)
    with pytest.raises(UserError, match="LightGBM needs the system's OpenMP library: install"):
        import_estimator("lightgbm.LGBMRegressor")


def test_lightgbm_prints_nothing_and_follows_the_seed(
    problem: Problem, capfd: pytest.CaptureFixture[str]
) -> None:
    parameters = {"n_estimators": 5, "subsample": 0.5, "subsample_freq": 1}
    candidate = Candidate(estimator="lightgbm.LGBMRegressor", parameters=parameters)
    changed = problem.model_copy(update={"candidates": {"one": candidate}})
    draw = np.random.default_rng(0)
    X = np.column_stack([draw.normal(size=200), draw.integers(0, 2, 200)])
    fits = [fit_candidate("one", {}, changed, X, X[:, 0], seed).predict(X) for seed in (0, 0, 1)]
    assert np.array_equal(fits[0], fits[1])
    assert not np.array_equal(fits[0], fits[2])
    assert capfd.readouterr() == ("", "")
