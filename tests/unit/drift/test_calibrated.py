"""The calibrated verdict: the same for the same data, of one month, and silent without drift."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from homestead.drift.calibrated import Calibration, ComparedAnswers, measure_calibrated
from homestead.drift.calibrated_result import CalibratedDrift
from homestead.drift.comparison import measure_drift
from homestead.drift.level_spending import CheckLevel, month_of, next_level
from homestead.problem.contract import Contract
from tests.factories import flats_problem, flats_rows

PROBLEM = flats_problem()
CONTRACT = Contract.from_problem(PROBLEM)
REFERENCE = flats_rows(6000, 0)


@pytest.fixture(autouse=True)
def _without_evidently(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out Evidently's comparison, which takes a second for each check."""
    monkeypatch.setattr("homestead.drift.evidently.compare_columns", lambda *_: ({}, ""))


LEVEL = CheckLevel("2026-11", 1.3e-5, 0.01, 0.0062)


def measure(current: pd.DataFrame, level: CheckLevel = LEVEL, **answers: object) -> CalibratedDrift:
    calibration = Calibration(lambda _: level, **answers)  # type: ignore[arg-type]
    result = measure_drift(REFERENCE, current, CONTRACT, PROBLEM.drift, calibration).calibrated
    assert result is not None
    return result


def test_rows_of_the_same_kind_are_no_drift() -> None:
    result = measure(flats_rows(500, 3))
    assert result.verdict == "no drift"
    assert (result.drifted, result.classifier.drifted) == ((), False)
    assert 0.4 < result.classifier.auc < 0.6
    assert (result.level, result.month, result.spent) == (1.3e-5, "2026-11", 0.0062)


def test_one_input_that_moved_is_named_although_the_share_is_no_drift() -> None:
    current = flats_rows(500, 3).assign(age=lambda rows: rows["age"] * 1.4)
    calibration = Calibration(lambda _: LEVEL)
    result = measure_drift(REFERENCE, current, CONTRACT, PROBLEM.drift, calibration)
    assert result.verdict == "no drift"
    assert result.calibrated is not None
    assert result.calibrated.verdict == "drift"
    (age,) = result.calibrated.drifted
    assert (age.name, age.role, age.direction) == ("age", "input", "higher")
    assert 0.1 < age.effect < 0.5
    assert age.adjusted_p_value <= LEVEL.level / 2


def test_predictions_and_outcomes_are_tested_with_the_inputs() -> None:
    draw = np.random.default_rng(1)
    prices, moved = draw.normal(300, 50, 2000), draw.normal(340, 50, 400)
    result = measure(
        flats_rows(500, 3),
        prediction=ComparedAnswers(prices, draw.normal(300, 50, 500)),
        target=ComparedAnswers(prices, moved),
    )
    assert result.prediction is not None
    assert result.target is not None
    assert (result.prediction.drifted, result.target.drifted) == (False, True)
    assert [column.name for column in result.drifted] == [PROBLEM.target]
    assert result.verdict == "drift"


@pytest.mark.parametrize("rows", [900, 9000])  # whole, and sampled to 4,000
def test_the_same_data_have_the_same_verdict_in_ten_runs(rows: int) -> None:
    current = flats_rows(rows, 3).assign(area=lambda frame: frame["area"] * 1.05)
    first = measure(current)
    assert all(measure(current.copy()) == first for _ in range(9))
    other = measure(flats_rows(rows, 4))
    assert other.window_hash != first.window_hash


def test_level_is_spent_before_anything_is_tested_and_none_if_there_are_too_few_rows() -> None:
    spent: list[str] = []

    def spend(window_hash: str) -> CheckLevel:
        spent.append(window_hash)
        raise KeyboardInterrupt

    current = flats_rows(50, 3)
    few = measure_drift(REFERENCE, current, CONTRACT, PROBLEM.drift, Calibration(spend))
    assert (few.verdict, few.calibrated, spent) == ("inconclusive", None, [])
    with pytest.raises(KeyboardInterrupt):
        measure_drift(REFERENCE, flats_rows(500, 3), CONTRACT, PROBLEM.drift, Calibration(spend))
    assert len(spent) == 1


def test_without_calibration_the_report_is_as_before() -> None:
    assert measure_drift(REFERENCE, flats_rows(500, 3), CONTRACT, PROBLEM.drift).calibrated is None


def test_days_of_hourly_checks_raise_no_alarm_and_drift_is_found_in_the_hour_it_begins() -> None:
    spent, at = 0.0, datetime(2026, 11, 1, tzinfo=UTC)
    for hour in range(72):
        level = next_level(at, spent, 0.01)
        spent += level
        reference, current = flats_rows(1000, 10_000 + hour), flats_rows(100, hour + 1)
        if hour == 71:
            current["lift"] = 1.0
        check = CheckLevel(month_of(at), level, 0.01, spent)
        result = measure_calibrated(reference, current, CONTRACT, Calibration(lambda _: check))  # noqa: B023
        assert result.verdict == ("drift" if hour == 71 else "no drift")
        at += timedelta(hours=1)
