"""Slices of the holdout: how columns are cut, and which slices are judged."""

import numpy as np
import pandas as pd

from homestead.evaluation.certificate import SliceResult
from homestead.evaluation.slices import score_slices
from homestead.problem.loader import parse_problem
from tests.problem_text import changed_flats

ROWS = 100


def _results(slices: list[str], metric: str = "mae") -> dict[str, SliceResult]:
    """Score a champion that is right, and a winner that is wrong by 1, on 100 flats."""
    problem = parse_problem(changed_flats(slices=slices, metric=metric, gate__min_slice_rows=30))
    holdout = pd.DataFrame(
        {
            "id": np.arange(ROWS),
            "listed": pd.Timestamp("2024-05-01"),
            "area": np.arange(ROWS) + 10.0,
            "district": ["north"] * 20 + ["south"] * 80,
            "lift": pd.array([True] * 40 + [False] * 50 + [None] * 10, dtype="boolean"),
        }
    )
    holdout.loc[0, "area"] = np.nan
    y = np.where(holdout["district"] == "north", 500.0, np.arange(ROWS) + 500.0)
    results = score_slices(problem, holdout, y, [y + 1, y + 0.5])
    return {f"{result.column} {result.value}": result for result in results}


def test_a_category_is_cut_by_value_and_small_slices_are_not_judged() -> None:
    results = _results(["district"])
    north, south = results["district north"], results["district south"]
    assert (north.rows, north.judged, north.ok) == (20, False, True)
    assert (south.rows, south.judged, south.ok) == (80, True, False)
    assert (south.winner, south.champion, south.worse_by) == (1, 0.5, 1)


def test_few_numbers_are_cut_by_value_without_the_missing_ones() -> None:
    assert {name: result.rows for name, result in _results(["lift"]).items()} == {
        "lift 0": 50,
        "lift 1": 40,
    }


def test_many_numbers_are_cut_at_their_quartiles() -> None:
    results = _results(["area"])
    assert {name: result.rows for name, result in results.items()} == {
        "area 11 to 35.5": 25,
        "area 35.5 to 60": 25,
        "area 60 to 84.5": 24,
        "area 84.5 to 109": 25,
    }


def test_a_slice_in_which_the_metric_is_undefined_says_why_and_is_not_judged() -> None:
    north = _results(["district"], "r2")["district north"]
    assert (north.rows, north.winner, north.champion, north.worse_by) == (20, None, None, None)
    assert (north.judged, north.ok) == (False, True)
    assert north.undefined == "the target is the same in all 20 rows"
