"""Prediction intervals from models of two quantiles: training, ONNX graph and coverage."""

from typing import Any

import numpy as np
import pytest
import yaml

from homestead.errors import UserError
from homestead.model.explain import load_explainer
from homestead.model.onnx_model import Model
from homestead.problem.answers.interval import QuantileInterval
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.training.parameter_checks import parameter_errors
from homestead.training.search import train_candidate
from tests.target_problems import outcome_rows, target_problem, target_text
from tests.unit.training.test_answer_rules import certified

BOOSTING = {
    "estimator": "sklearn.ensemble.HistGradientBoostingRegressor",
    "parameters": {"max_iter": 20, "max_leaf_nodes": 4, "learning_rate": 0.3},
}
LIGHTGBM = {
    "estimator": "lightgbm.LGBMRegressor",
    "parameters": {
        "n_estimators": 20,
        "num_leaves": 4,
        "learning_rate": 0.3,
        "monotone_constraints": {"a": 1},
    },
}
FOREST = {
    "estimator": "sklearn.ensemble.RandomForestRegressor",
    "parameters": {"n_estimators": 5},
}
RIDGE = {"estimator": "sklearn.linear_model.Ridge"}
LINEAR_QUANTILES: dict[str, Any] = {"estimator": "sklearn.linear_model.QuantileRegressor"}


def quantile_problem(candidate: dict[str, Any], *, log: bool = False, **interval: Any) -> Problem:
    return target_problem(
        "{type: number}",
        task="regression",
        metric="mae",
        target_log=log,
        interval={"coverage": 0.8, "method": "quantile", **interval},
        candidates={"one": candidate},
        slices=["w"],
    )


def noisy_target(count: int = 1200) -> tuple[Any, np.ndarray]:
    """Return rows whose noise grows with w, which is 1, 2 or 3, and their target."""
    rows = outcome_rows(count)
    noise = np.random.default_rng(1).normal(size=count) * rows["w"].to_numpy() ** 2
    return rows.assign(a=rows["w"] + rows["a"] / 100), rows["b"].to_numpy() + noise


@pytest.mark.parametrize(
    ("candidate", "interval"),
    [
        (BOOSTING, {}),
        (LIGHTGBM, {}),
        (FOREST, {}),
        ({**BOOSTING, "init": "sklearn.linear_model.Ridge"}, {}),
        (RIDGE, LINEAR_QUANTILES),
    ],
    ids=["boosting", "lightgbm", "forest", "from ridge", "linear"],
)
def test_the_width_follows_the_noise_and_every_slice_is_covered(
    candidate: dict[str, Any], interval: dict[str, Any]
) -> None:
    rows, y = noisy_target()
    trained, evaluation = certified(quantile_problem(candidate, **interval), rows, y)
    assert isinstance(Model(trained.onnx).contract.interval, QuantileInterval)
    covered = evaluation.certificate.interval
    assert covered is not None
    # The models that serve are fitted on more rows than those whose errors the margin is from.
    assert covered.covered == pytest.approx(0.8, abs=0.09)
    # One width for all covers half of the noisiest rows; see the test after this.
    assert min(part.covered for part in covered.slices) > 0.66
    narrow, _, wide = [part.median_width for part in covered.slices]
    assert narrow is not None
    assert wide is not None
    assert wide > 3 * narrow


def test_one_width_for_all_covers_the_noisy_rows_less() -> None:
    """What quantiles are for: with the default, each slice has the same width."""
    rows, y = noisy_target()
    _, evaluation = certified(quantile_problem(BOOSTING, method="conformal"), rows, y)
    covered = evaluation.certificate.interval
    assert covered is not None
    assert covered.slices[0].covered > 0.95
    assert covered.slices[2].covered < 0.7
    widths = [part.median_width for part in covered.slices]
    assert widths == pytest.approx([covered.median_width] * 3, rel=1e-12)


@pytest.mark.parametrize("log", [False, True])
def test_bounds_are_never_crossed_and_hold_the_prediction(log: bool) -> None:
    """Also far outside of what was seen, and beside the thresholds of trees."""
    rows, y = noisy_target(600)
    target = np.exp(y / 5) if log else y
    # A coverage of half, and rows of pure noise: the quantiles cross, and the margin is negative.
    problem = quantile_problem(BOOSTING, log=log, coverage=0.5)
    trained, evaluation = certified(problem, rows, target)
    model = Model(trained.onnx)
    draw = np.random.default_rng(2)
    X = np.concatenate([draw.normal(0, 30, (3000, 2)), rows[["a", "b"]].to_numpy()])
    X = np.concatenate([X, X.astype(np.float32), [[np.nan, np.nan], [np.inf, -np.inf]]])
    predictions = model.predict(X)
    bounds = model.bounds(X, predictions)
    assert bounds.shape == (len(X), 2)
    assert (bounds[:, 0] <= predictions).all()
    assert (predictions <= bounds[:, 1]).all()
    covered = evaluation.certificate.interval
    assert covered is not None
    assert covered.low - 0.05 < 0.5
    if log:
        assert (bounds > 0).all()


def test_a_row_has_the_same_bounds_alone_and_in_a_batch() -> None:
    rows, y = noisy_target(600)
    problem = quantile_problem(BOOSTING, log=True)
    trained, _ = certified(problem, rows, np.exp(y / 5))
    model = Model(trained.onnx)
    X = rows[["a", "b"]].to_numpy()[:50]
    together = model.bounds(X, model.predict(X))
    alone = [model.bounds(X[[i]], model.predict(X[[i]]))[0] for i in range(len(X))]
    np.testing.assert_array_equal(together, alone)


def test_the_prediction_is_that_of_the_model_without_intervals() -> None:
    rows, y = noisy_target(600)
    problem = quantile_problem(BOOSTING)
    trained, evaluation = certified(problem, rows, y)
    plain, reference = certified(problem.model_copy(update={"interval": None}), rows, y)
    np.testing.assert_array_equal(evaluation.predictions.winner, reference.predictions.winner)
    assert Model(plain.onnx).contract.interval is None
    with pytest.raises(ValueError, match="has no prediction intervals"):
        Model(plain.onnx).bounds(np.zeros((1, 2)), np.zeros(1))
    assert len(trained.onnx) > len(plain.onnx)


def test_too_few_validation_rows_are_refused_as_with_one_width() -> None:
    rows, y = noisy_target(40)
    with pytest.raises(UserError, match=r"interval.coverage: found 0.99, which needs at least 99"):
        certified(quantile_problem(BOOSTING, coverage=0.99), rows, y)


def test_the_margin_is_the_rank_of_the_distances_outside() -> None:
    from homestead.training.answer_rules import quantile_interval

    y = np.arange(1.0, 10.0)
    quantiles = np.tile([3.0, 0.0], (9, 1))  # crossed: 0 to 3
    problem = quantile_problem(BOOSTING, coverage=0.5)
    interval = quantile_interval(problem, y, quantiles)
    # Outside by -1 (y = 1 and 2), 0, 1 ... 6; the fifth of nine is 2.
    assert interval.margin == 2.0
    problem = quantile_problem(BOOSTING, coverage=0.9)
    assert quantile_interval(problem, y, quantiles).margin == 6.0


@pytest.mark.parametrize(
    ("interval", "message"),
    [
        ({"estimator": BOOSTING["estimator"]}, "interval.estimator: is for the method 'quantile'"),
        ({"method": "quantile", "parameters": {"alpha": 1}}, "needs 'interval.estimator'"),
        (
            {"method": "quantile", **LINEAR_QUANTILES, "parameters": {"quantile": 0.4}},
            "interval.parameters.quantile: follows from 'interval.coverage'; leave it out",
        ),
        (
            {"method": "quantile", **LINEAR_QUANTILES, "parameters": {"alfa": 0.4}},
            "interval.parameters.alfa: sklearn.linear_model.QuantileRegressor has no such"
            " parameter; allowed are alpha",
        ),
        ({"method": "quantile", "estimator": "sklearn.linear_model.Ridge"}, "interval.estimator:"),
    ],
)
def test_what_makes_no_interval_is_refused(interval: dict[str, Any], message: str) -> None:
    text = target_text("{type: number}", task="regression", metric="mae", interval=interval)
    assert yaml.safe_load(text)["interval"] == interval
    with pytest.raises(UserError, match=message.replace(".", r"\.")):
        parse_problem(text)


def test_an_estimator_that_refuses_its_values_names_the_key() -> None:
    rows, y = noisy_target(200)
    problem = quantile_problem(RIDGE, **LINEAR_QUANTILES, parameters={"alpha": -1})
    with pytest.raises(UserError, match=r"interval: sklearn.linear_model.QuantileRegressor: "):
        certified(problem, rows, y)


def test_training_twice_gives_the_same_file() -> None:
    from tests.target_problems import outcome_dataset

    rows, y = noisy_target(300)
    problem = quantile_problem(LIGHTGBM)
    dataset = outcome_dataset(problem, rows, y)
    first, second = (train_candidate("one", dataset, problem).onnx for _ in range(2))
    assert first == second


def test_validate_says_what_the_quantiles_refuse_once() -> None:
    candidate = {**RIDGE, "search": {"alpha": [1, 2, 3]}, "trials": 3}
    problem = quantile_problem(candidate, **LINEAR_QUANTILES, parameters={"alpha": -1})
    [error] = parameter_errors(problem)
    assert error.startswith("interval: sklearn.linear_model.QuantileRegressor: ")
    assert "alpha" in error


def test_contributions_still_explain_the_prediction() -> None:
    rows, y = noisy_target(300)
    trained, _ = certified(quantile_problem(LIGHTGBM), rows, y)
    model, X = Model(trained.onnx), rows[["a", "b"]].to_numpy()[:20]
    contributions = load_explainer(model).contributions(X)
    np.testing.assert_allclose(contributions.sum(axis=1), model.predict(X), rtol=1e-9)
