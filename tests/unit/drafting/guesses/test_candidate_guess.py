"""Candidates fit the task, and take less time where there are many rows."""

import pytest

from homestead.drafting.guesses.candidate_guess import guess_candidates
from homestead.problem.model_metrics.table import Task
from homestead.problem.sections.candidate import Candidate


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_each_candidate_is_one_of_the_task(task: Task) -> None:
    candidates = {
        name: Candidate.model_validate(content)
        for name, content in guess_candidates(task, "mae", 5000).items()
    }
    assert {"linear", "random_forest", "gradient_boosting"} <= candidates.keys()
    assert {candidate.task for candidate in candidates.values()} == {task}


def test_many_rows_get_fewer_trials() -> None:
    trials = [
        sum(c["trials"] for c in guess_candidates("regression", "mae", rows).values())
        for rows in (1000, 50_000, 500_000)
    ]
    assert trials == sorted(trials, reverse=True)
    assert len(set(trials)) == 3


def test_the_loss_aims_at_what_the_metric_measures() -> None:
    of_median = guess_candidates("regression", "mape", 5000)["gradient_boosting"]
    assert of_median["parameters"]["loss"] == "absolute_error"
    of_mean = guess_candidates("regression", "rmse", 5000)["gradient_boosting"]
    assert "loss" not in of_mean["parameters"]
