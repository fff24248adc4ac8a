"""Drift of served rows: rows of the same kind, other rows, too few rows, broken ones."""

import numpy as np
import pandas as pd
import pytest

from homestead.drift.comparison import measure_drift
from homestead.drift.result import DriftResult
from homestead.errors import UserError
from homestead.problem.contract import Contract
from homestead.problem.schema import Problem
from tests.factories import flats_problem, flats_rows

REFERENCE = flats_rows(6000, 0)


@pytest.fixture(scope="module")
def problem() -> Problem:
    return flats_problem()


def measure(reference: pd.DataFrame, current: pd.DataFrame, problem: Problem) -> DriftResult:
    return measure_drift(reference, current, Contract.from_problem(problem), problem.drift)


def drifted(result: DriftResult) -> set[str]:
    return set(result.drifted_columns)


@pytest.mark.parametrize("count", [100, 400, 3000])
def test_rows_of_the_same_kind_are_no_drift_however_few(problem: Problem, count: int) -> None:
    for seed in range(1, 6):
        result = measure(REFERENCE, flats_rows(count, seed), problem)
        assert (result.verdict, result.rows) == ("no drift", count), result.columns
        assert result.share is not None
        assert result.share <= 0.3


@pytest.mark.parametrize("count", [150, 3000])
def test_other_rows_are_drift_and_the_columns_are_named(problem: Problem, count: int) -> None:
    current = flats_rows(count, 7)
    current["area"] *= 1.6
    current["district"] = np.random.default_rng(1).choice(3, count, p=[0.1, 0.2, 0.7]).astype(float)
    result = measure(REFERENCE, current, problem)
    assert result.verdict == "drift"
    assert result.exit_code == 3
    assert drifted(result) >= {"area", "district"}
    assert "lift" not in drifted(result)
    assert result.share == pytest.approx(len(drifted(result)) / 5)
    assert [column.name for column in result.columns] == list(problem.features)
    assert "<html" in result.html
    assert "south" in result.html  # categories by their names, not their codes


def test_a_share_at_the_threshold_is_not_drift(problem: Problem) -> None:
    config = problem.drift.model_copy(update={"max_drift_share": 0.2})
    at_edge = problem.model_copy(update={"drift": config})
    current = flats_rows(3000, 8).assign(area=lambda frame: frame["area"] * 2)
    result = measure(REFERENCE, current, at_edge)
    assert result.share == pytest.approx(0.2)
    assert result.verdict == "no drift"


@pytest.mark.parametrize("count", [0, 1, 99])
def test_too_few_rows_are_inconclusive_even_if_they_are_alike(problem: Problem, count: int) -> None:
    result = measure(REFERENCE, REFERENCE.head(count), problem)
    assert (result.verdict, result.share, result.rows) == ("inconclusive", None, count)
    assert result.exit_code == 4


def test_an_empty_window_without_columns_is_inconclusive(problem: Problem) -> None:
    assert measure(REFERENCE, pd.DataFrame(), problem).verdict == "inconclusive"


def test_a_missing_column_is_an_error_that_names_it(problem: Problem) -> None:
    with pytest.raises(UserError, match=r"prediction log has no column age, lift; found area"):
        measure(REFERENCE, flats_rows(200, 1).drop(columns=["age", "lift"]), problem)
    with pytest.raises(UserError, match="training snapshot has no column area"):
        measure(REFERENCE.drop(columns="area"), flats_rows(200, 1), problem)


def test_a_column_of_text_is_an_error_that_names_it(problem: Problem) -> None:
    with pytest.raises(UserError, match=r"column district of the prediction log is (object|str)"):
        measure(REFERENCE, flats_rows(200, 1).assign(district="north"), problem)


def test_a_column_that_lost_its_values_has_drifted(problem: Problem) -> None:
    current = flats_rows(500, 2).assign(age=np.nan, lift=None)
    result = measure(REFERENCE, current, problem)
    assert drifted(result) == {"age", "lift"}
    assert result.verdict == "drift"
    age = next(column for column in result.columns if column.name == "age")
    assert (age.score, age.method) == (1.0, "change of the share of missing values")


def test_a_column_that_lost_half_its_values_has_drifted(problem: Problem) -> None:
    current = flats_rows(2000, 3)
    current.loc[::2, "area"] = np.nan
    assert drifted(measure(REFERENCE, current, problem)) == {"area"}


def test_infinite_and_constant_values_do_no_harm(problem: Problem) -> None:
    reference = REFERENCE.assign(lift=1.0)
    current = flats_rows(500, 4).assign(lift=1.0)
    current.loc[:4, "area"] = np.inf
    assert measure(reference, current, problem).verdict == "no drift"


def test_sensitive_features_are_not_compared(problem: Problem) -> None:
    age = problem.columns["age"].model_copy(update={"sensitive": "drop"})
    private = problem.model_copy(update={"columns": {**problem.columns, "age": age}})
    result = measure(REFERENCE, flats_rows(300, 1).drop(columns="age"), private)
    assert [column.name for column in result.columns] == ["area", "floor", "district", "lift"]


def test_long_windows_are_sampled_and_the_answer_is_the_same_each_time(problem: Problem) -> None:
    current = flats_rows(20_000, 5)
    first, second = (measure(REFERENCE, current, problem) for _ in range(2))
    assert first.rows == 20_000
    assert first.columns == second.columns


def test_thousands_of_categories_drift_by_their_frequent_and_their_unseen_values(
    problem: Problem,
) -> None:
    levels = [f"plane {number}" for number in range(3000)]
    district = problem.columns["district"].model_copy(
        update={"allowed": (*levels, "other"), "unseen": "other"}
    )
    open_problem = problem.model_copy(update={"columns": problem.columns | {"district": district}})
    draw = np.random.default_rng(3)

    def planes(count: int, unseen_share: float) -> np.ndarray:
        codes = np.minimum(draw.zipf(1.3, count) - 1, 2999).astype(float)
        return np.where(draw.random(count) < unseen_share, 3000.0, codes)

    reference = REFERENCE.assign(district=planes(6000, 0.02))
    for count in (200, 3000):
        current = flats_rows(count, 9)
        same = measure(reference, current.assign(district=planes(count, 0.02)), open_problem)
        assert "district" not in drifted(same)
        more = measure(reference, current.assign(district=planes(count, 0.3)), open_problem)
        assert "district" in drifted(more)
