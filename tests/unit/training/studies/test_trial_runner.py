"""Running of a trial: its steps, and where it is given up."""

from collections.abc import Sequence

import numpy as np
import pytest

from homestead.training.search import trial_runner
from homestead.training.studies.trial_runner import TrialRunner, weights_of
from tests.unit.training.studies.study_problem import BOOSTING, RIDGE, flats, problem_with

PARAMS = {"learning_rate": 0.1, "max_leaf_nodes": 7, "min_samples_leaf": 5}


@pytest.fixture(scope="module")
def boosting() -> TrialRunner:
    return trial_runner("one", flats(), problem_with(one=BOOSTING), 0, lambda line: None)


def never(steps: Sequence[float]) -> bool:
    return False


def always(steps: Sequence[float]) -> bool:
    return True


def test_without_pruning_each_fold_is_one_step(boosting: TrialRunner) -> None:
    outcome = boosting.run(PARAMS)
    assert len(outcome.folds) == len(outcome.steps) == 1
    assert outcome.steps[0] == outcome.folds[0]["mae"].value
    assert outcome.answers is not None
    assert not outcome.pruned


def test_boosting_is_first_fitted_with_a_quarter_of_its_rounds(boosting: TrialRunner) -> None:
    asked: list[Sequence[float]] = []

    def remember(steps: Sequence[float]) -> bool:
        asked.append(tuple(steps))
        return False

    outcome = boosting.run(PARAMS, remember)
    quarter = boosting.run({**PARAMS, "max_iter": 10})
    assert outcome.steps == (quarter.steps[0], boosting.run(PARAMS).steps[0])
    assert asked == [quarter.steps]


def test_a_trial_that_is_given_up_says_when_and_keeps_what_was_measured(
    boosting: TrialRunner,
) -> None:
    outcome = boosting.run(PARAMS, always)
    assert outcome.pruned == "after 10 of 40 rounds"
    assert outcome.folds[0]["mae"].value == outcome.steps[0]
    assert outcome.answers is None


@pytest.mark.parametrize("parameters", [{"max_iter": 30}, {"max_iter": 40, "early_stopping": True}])
def test_few_rounds_and_early_stopping_are_fitted_at_once(parameters: dict[str, object]) -> None:
    problem = problem_with(one={**BOOSTING, "parameters": parameters})
    runner = trial_runner("one", flats(), problem, 0, lambda line: None)
    assert len(runner.run(PARAMS, never).steps) == 1


def test_a_linear_model_of_one_fold_has_nothing_to_give_up() -> None:
    runner = trial_runner("one", flats(), problem_with(one=RIDGE), 0, lambda line: None)
    assert not runner.run({"alpha": 1.0}, always).pruned


def test_weights_of_rows() -> None:
    rows = np.array([True, False, True])
    assert weights_of(None, rows) is None
    assert weights_of(np.array([1.0, 2.0, 3.0]), rows) == pytest.approx([1.0, 3.0])
