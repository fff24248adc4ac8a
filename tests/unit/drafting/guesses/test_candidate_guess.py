"""Candidates fit the task, and take less time where there are many rows."""

import importlib
from types import ModuleType

import pandas as pd
import pytest
import yaml

from homestead.drafting.guesses.all_guesses import guess_all
from homestead.drafting.guesses.candidate_guess import guess_candidates, without_untrainable
from homestead.drafting.profile.column_profile import profile_table
from homestead.drafting.text.problem_text import problem_text
from homestead.drafting.text.summary import summary_lines
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


def test_a_candidate_that_this_machine_cannot_train_is_left_out_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import_module = importlib.import_module

    def without_openmp(name: str, package: str | None = None) -> ModuleType:
        if name == "lightgbm":
            raise OSError("libgomp.so.1: cannot open shared object file: No such file or directory")
        return import_module(name, package)

    monkeypatch.setattr(importlib, "import_module", without_openmp)
    drafted = guess_candidates("regression", "mae", 5000)
    candidates, reasons = without_untrainable(drafted)
    assert [*candidates] == [name for name in drafted if name != "lightgbm"]
    assert "libgomp1" in reasons["lightgbm"]
    profile = profile_table(
        pd.DataFrame(
            {"rooms": [n % 7 for n in range(60)], "price": [100.0 + n * n % 37 for n in range(60)]}
        )
    )
    guesses = guess_all(profile, "price", None)
    text = problem_text(
        guesses, name="flats", source="flats.csv", source_format={}, file_name="flats.yaml"
    )
    assert [*yaml.safe_load(text)["candidates"]] == [*candidates]
    assert "# lightgbm is left out: " in text
    assert any("candidate left out: lightgbm" in line for line in summary_lines(guesses))


def test_each_candidate_is_trainable_where_its_libraries_are() -> None:
    drafted = guess_candidates("classification", "log_loss", 5000)
    assert without_untrainable(drafted) == (drafted, {})
