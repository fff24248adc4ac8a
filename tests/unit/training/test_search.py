"""Training of one candidate: what is tried, what is chosen, and on which rows it is fitted."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from homestead.errors import UserError
from homestead.model.onnx_model import Model
from homestead.problem.encoding import feature_matrix
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.training.estimators import predict
from homestead.training.search import TrainedCandidate, train_candidate
from tests.factories import defined
from tests.problem_text import changed_flats

ROOT = Path(__file__).parents[3]
ROWS = 90
ALPHAS = [0.1, 1e6]


@pytest.fixture(scope="module")
def problem() -> Problem:
    return parse_problem(
        changed_flats(
            features=["area", "district"],
            candidates__ridge__search={"alpha": ALPHAS},
            candidates__ridge__parameters={"fit_intercept": True},
            candidates__ridge__trials=5,
        )
    )


@pytest.fixture(scope="module")
def dataset() -> pd.DataFrame:
    draw = np.random.default_rng(0)
    area = draw.uniform(20, 120, ROWS)
    district = draw.choice(["north", "south"], ROWS)
    rent = 9 * area + 100 * (district == "south") + draw.normal(0, 5, ROWS)
    return pd.DataFrame(
        {
            "id": np.arange(ROWS),
            "area": area,
            "district": district,
            "rent": rent,
            "split": ["train"] * 50 + ["validation"] * 20 + ["holdout"] * 20,
        }
    )


@pytest.fixture(scope="module")
def trained(problem: Problem, dataset: pd.DataFrame) -> TrainedCandidate:
    return train_candidate("ridge", dataset, problem)


def test_each_point_of_a_small_space_is_tried_once(trained: TrainedCandidate) -> None:
    assert sorted(trial.params["alpha"] for trial in trained.trials) == ALPHAS


def test_the_best_on_validation_is_chosen(trained: TrainedCandidate) -> None:
    # The other one is regularised to the mean.
    assert trained.params == {"alpha": 0.1, "fit_intercept": True}
    errors = [defined(trial.validation["mae"].value) for trial in trained.trials]
    assert trained.validation["mae"].value == min(errors)


def test_a_metric_that_should_be_high_is_maximised(problem: Problem, dataset: pd.DataFrame) -> None:
    by_r2 = problem.model_copy(update={"metric": "r2"})
    assert train_candidate("ridge", dataset, by_r2).params["alpha"] == 0.1


def test_the_onnx_file_predicts_as_the_estimator(
    trained: TrainedCandidate, dataset: pd.DataFrame
) -> None:
    model = Model(trained.onnx)
    predictions = model.predict(feature_matrix(dataset, model.contract))
    assert np.abs(predictions - dataset["rent"]).mean() < 10
    assert trained.disagreement < 1e-9


def test_the_holdout_is_not_fitted_on(
    problem: Problem, dataset: pd.DataFrame, trained: TrainedCandidate
) -> None:
    holdout = dataset["split"] == "holdout"
    other = dataset.assign(rent=dataset["rent"].where(~holdout, 9000.0))
    assert train_candidate("ridge", other, problem).onnx == trained.onnx


def test_each_trial_is_reported(problem: Problem, dataset: pd.DataFrame) -> None:
    lines: list[str] = []
    train_candidate("ridge", dataset, problem, report=lines.append)
    assert [line.split(": mae")[0] for line in lines] == ["trial 1", "trial 2"]


@pytest.mark.parametrize("split", ["train", "validation"])
def test_an_empty_split_is_refused(problem: Problem, dataset: pd.DataFrame, split: str) -> None:
    with pytest.raises(UserError, match=f"no rows in {split}; see 'split'"):
        train_candidate("ridge", dataset[dataset["split"] != split], problem)


def test_a_class_that_only_validation_holds_is_named(dataset: pd.DataFrame) -> None:
    classes = {"type": "category", "allowed": ["low", "high"]}
    logistic = {"only": {"estimator": "sklearn.linear_model.LogisticRegression"}}
    problem = parse_problem(
        changed_flats(
            task="classification",
            metric="f1",
            gate=None,
            features=["area"],
            columns__rent=classes,
            candidates=logistic,
        )
    )
    rent = np.where(np.arange(ROWS) < 60, "low", "high")
    match = "class 'high' has no row in train, and 10 in validation"
    with pytest.raises(UserError, match=match):
        train_candidate("only", dataset.assign(rent=rent), problem)


@pytest.mark.parametrize(
    "candidate",
    [
        {"estimator": "sklearn.linear_model.Ridge"},
        {"estimator": "sklearn.ensemble.RandomForestRegressor", "parameters": {"n_estimators": 3}},
        {
            "estimator": "sklearn.ensemble.HistGradientBoostingRegressor",
            "parameters": {"max_iter": 5, "min_samples_leaf": 5},
        },
        {
            "estimator": "sklearn.ensemble.HistGradientBoostingRegressor",
            "init": "sklearn.linear_model.Ridge",
            "parameters": {"max_iter": 5, "min_samples_leaf": 5},
        },
    ],
)
@pytest.mark.parametrize("filled", [(), ("holdout",), ("validation", "holdout")])
def test_a_feature_without_values_in_train_is_said_and_not_used(
    dataset: pd.DataFrame, candidate: dict[str, object], filled: tuple[str, ...]
) -> None:
    problem = parse_problem(
        changed_flats(
            columns__floor={"type": "number", "nullable": True},
            features=["area", "floor"],
            candidates={"only": candidate},
        )
    )
    floor = np.where(dataset["split"].isin(filled), 1.0 * dataset["id"], np.nan)
    lines: list[str] = []
    trained = train_candidate("only", dataset.assign(floor=floor), problem, report=lines.append)
    assert lines[0] == "feature floor: no value in train, not used there"
    model = Model(trained.onnx)
    if "validation" not in filled:
        rows = np.array([[50.0, np.nan], [50.0, 3.0], [50.0, 1e6]])
        assert len(set(model.predict(rows).tolist())) == 1


def test_the_number_of_threads_does_not_change_a_bit_of_the_model() -> None:
    def trained_with(threads: str) -> list[str]:
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
        script = Path(__file__).with_name("train_small.py")
        output = subprocess.run(
            [sys.executable, "-W", "ignore", script],
            env={**os.environ, "PYTHONPATH": str(ROOT), **dict.fromkeys(names, threads)},
            check=True,
            capture_output=True,
            text=True,
        )
        return output.stdout.splitlines()

    one, four = trained_with("1"), trained_with("4")
    assert len(one) == 10
    assert four == one


def test_a_metric_without_a_value_on_validation_is_refused_before_the_search(
    problem: Problem, dataset: pd.DataFrame
) -> None:
    by_share = problem.model_copy(update={"metric": "mape"})
    zeros = dataset.assign(rent=dataset["rent"].where(dataset["id"] % 7 > 0, 0.0))
    lines: list[str] = []
    with pytest.raises(UserError) as error:
        train_candidate("ridge", zeros, by_share, report=lines.append)
    assert str(error.value) == (
        "metric: mape has no value on the validation rows, so that no candidate can be chosen by"
        " it: the target is 0 in 2 of 20 rows; choose another metric, or see 'split'"
    )
    assert lines == []
    # Another metric without a value is only said.
    trained = train_candidate("ridge", zeros, problem)
    assert trained.validation["mape"].undefined == "the target is 0 in 2 of 20 rows"


def test_one_class_on_validation_is_refused(churn: Problem) -> None:
    draw = np.random.default_rng(0)
    split = np.repeat(["train", "validation", "holdout"], 40)
    labels = np.where((draw.random(120) < 0.5) & (split != "validation"), "left", "stayed")
    rows = pd.DataFrame({"months": draw.uniform(1, 60, 120), "outcome": labels, "split": split})
    by_area = churn.model_copy(update={"metric": "roc_auc", "features": ("months",)})
    with pytest.raises(UserError, match=r"roc_auc has no value .*: all 40 rows are of one class;"):
        train_candidate("logistic", rows, by_area)


def test_a_trial_without_a_value_is_never_the_best(
    problem: Problem, dataset: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overflow(estimator: Any, X: np.ndarray, problem: Problem) -> np.ndarray:
        predictions = predict(estimator, X, problem)
        return predictions if estimator["model"].alpha == 1e6 else predictions * np.inf

    monkeypatch.setattr("homestead.training.studies.trial_runner.predict", overflow)
    lines: list[str] = []
    trained = train_candidate("ridge", dataset, problem, report=lines.append)
    assert trained.params["alpha"] == 1e6
    assert any("mae without a value" in line for line in lines)
