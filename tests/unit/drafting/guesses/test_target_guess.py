"""The task and the metric that a target's values suggest, and the task that a user names."""

import numpy as np
import pandas as pd
import pytest

from homestead.drafting.guesses.target_guess import guess_target
from homestead.drafting.profile.column_profile import ColumnProfile, profile_column
from homestead.errors import UserError
from homestead.problem.model_metrics.table import Task


def _target(*values: object) -> ColumnProfile:
    return profile_column("y", pd.Series(list(values)))


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        (["no", "yes", "no"], "classification", ("no", "yes")),
        (["0", "1"], "classification", ("0", "1")),
        ([True, False], "classification", ("false", "true")),
        ([2, 1, 2], "classification", ("1", "2")),
        (["b", "a", "10", "9"], "classification", ("9", "10", "a", "b")),
        ([1.5, 2.5, 3.5], "regression", ()),
    ],
)
def test_the_task_is_guessed(values: list[object], task: Task, classes: tuple[str, ...]) -> None:
    guess = guess_target(_target(*values), None)
    assert (guess.task, guess.classes) == (task, classes)


def test_the_task_that_is_named_beats_the_guess_which_is_said() -> None:
    ratings = _target(*[1.0, 2.0, 3.0, 4.0, 5.0] * 3)
    guess = guess_target(ratings, None)
    assert guess.task == "regression"
    assert "only 5 different ones" in guess.reason
    named = guess_target(ratings, "classification")
    assert (named.task, named.classes) == ("classification", ("1", "2", "3", "4", "5"))
    assert named.reason.startswith("as named; by its values it would be a regression")
    assert guess_target(_target(*[0, 1] * 5), "regression").task == "regression"


def test_the_metric_follows_the_spread_of_the_values() -> None:
    prices = np.exp(np.random.default_rng(0).normal(12, 0.6, 500))
    assert guess_target(_target(*prices), None).is_log
    assert guess_target(_target(*prices), None).metric == "mape"
    degrees = np.random.default_rng(0).normal(20, 3, 500)
    assert guess_target(_target(*degrees), None).metric == "mae"
    assert guess_target(_target("a", "b", "c"), None).metric == "log_loss"
    assert guess_target(_target("a", "b"), None).metric == "roc_auc"


@pytest.mark.parametrize(
    ("values", "task", "message"),
    [
        (["", ""], None, "no row has a value"),
        (["a", "a"], None, "all rows have 'a'"),
        (["2024-01-01", "2024-01-02"], None, "found times"),
        (["a", "b"], "regression", "found a, b; a regression needs numbers"),
        (list(range(500)), "classification", "found 500 different values"),
    ],
)
def test_what_is_no_target_is_refused(
    values: list[object], task: Task | None, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        guess_target(_target(*values), task)
