"""Benchmark of searches: both have the same trials and the same beginning; what the table says."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.search.__main__ import (
    CANDIDATE,
    RANDOM,
    TPE,
    SearchOutcome,
    problem_with,
    search_both,
    summary,
    table,
)
from homestead.problem.split import SPLIT_COLUMN
from homestead.training.search import trial_runner
from homestead.training.studies.plan import RANDOM_TRIALS


def test_both_searches_begin_alike_and_have_the_same_number_of_trials() -> None:
    problem = problem_with(RANDOM_TRIALS + 4)
    draw = np.random.default_rng(0)
    names = [*problem.columns, *problem.features]
    rows = pd.DataFrame({name: draw.uniform(1, 2, 120) for name in dict.fromkeys(names)})
    rows["price"] = (100_000 * rows["grade"]).round()
    rows[SPLIT_COLUMN] = ["train"] * 80 + ["validation"] * 40
    rows["date"] = pd.Timestamp("2015-01-01")
    found = search_both(trial_runner(CANDIDATE, rows, problem, 0, lambda line: None), 0)
    tpe, at_random = found[TPE].losses, found[RANDOM].losses
    assert len(tpe) == len(at_random) == RANDOM_TRIALS + 4
    assert tpe[:RANDOM_TRIALS] == at_random[:RANDOM_TRIALS]
    assert None not in at_random


def test_the_best_after_some_trials_is_of_those_alone_and_of_none_given_up() -> None:
    outcome = SearchOutcome(0, (0.3, 0.2, None, 0.1))
    assert [outcome.best_after(count) for count in (1, 2, 3, 4)] == [0.3, 0.2, 0.2, 0.1]


def test_a_row_holds_means_over_the_seeds_and_how_often_tpe_was_better() -> None:
    found = [
        {TPE: SearchOutcome(seed, (0.3, end)), RANDOM: SearchOutcome(seed, (0.3, 0.2))}
        for seed, end in enumerate((0.1, 0.2, None))
    ]
    result = summary(found, (1, 2))
    first, second = result["rows"]
    assert (first["seeds_tpe_better"], first["seeds_equal"]) == (0, 3)
    assert second[TPE] == pytest.approx((0.1 + 0.2 + 0.3) / 3)
    assert (second["seeds_tpe_better"], second["seeds_equal"]) == (1, 1)
    assert result["tpe_trials_given_up"] == pytest.approx(1 / 3, abs=1e-3)
    assert table([second], "mape", 3).splitlines()[2] == "| 2 | 0.20000 | 0.20000 | 1 |"
