"""A table whose prices change by half: the loop sees it, retrains, and never sees the future."""

from collections.abc import Sequence

import pandas as pd
import pytest

from homestead.reports.backtest.result import BacktestResult, StrategyName
from homestead.steps.backtest.run import run_backtest
from homestead.steps.backtest.timeline import DAY_S, Timeline
from tests.backtests import LAST, POISONED, PROBLEM, START, table


def backtest(rows: pd.DataFrame, strategies: Sequence[StrategyName]) -> BacktestResult:
    timeline = Timeline(rows, PROBLEM)
    schedule = timeline.schedule(start=timeline.first + START * DAY_S, period_days=28)
    return run_backtest(PROBLEM, timeline, schedule, lambda _: None, strategies=strategies)


@pytest.fixture(scope="module")
def result() -> BacktestResult:
    return backtest(table(), ["never", "loop"])


def test_the_loop_sees_the_change_retrains_and_answers_better(result: BacktestResult) -> None:
    never, loop = result.strategy("never"), result.strategy("loop")
    assert len(never.trainings) == 1
    harm = loop.alerts_of("harm")
    assert loop.trainings[1].at == harm[0].at == result.since + 28 * DAY_S
    assert loop.trainings[1].reason.startswith("measured_harm")
    assert loop.releases
    assert loop.periods[-1].version != loop.periods[0].version
    assert loop.periods[0] == never.periods[0]
    assert loop.less_never is not None
    assert loop.less_never.high is not None
    assert loop.less_never.high < 0


def test_the_loop_looks_at_the_drift_of_each_period(result: BacktestResult) -> None:
    """The view follows the rents: its level of the first periods is none of the training's."""
    drift = result.strategy("loop").alerts_of("drift")
    assert drift[0].at == result.since + 28 * DAY_S
    assert "drift at p = " in drift[0].reason
    assert "level" in drift[0].reason
    assert not result.strategy("never").alerts


def test_each_row_is_answered_once_by_each_strategy(result: BacktestResult) -> None:
    assert result.rows == (LAST - START) * 3
    for strategy in result.strategies:
        assert sum(period.rows for period in strategy.periods) == result.rows
        assert [p.until for p in strategy.periods[:-1]] == [p.since for p in strategy.periods[1:]]


def test_garbage_in_the_future_changes_nothing_before_it(result: BacktestResult) -> None:
    loop = backtest(table(poisoned=True), ["loop"]).strategy("loop")
    clean = result.strategy("loop")
    poisoned_at = result.since + (POISONED - START) * DAY_S
    assert any(training.at < poisoned_at for training in clean.trainings[1:])

    def before(parts: Sequence[object], name: str) -> list[object]:
        return [part for part in parts if getattr(part, name) <= poisoned_at]

    assert before(loop.periods, "until") == before(clean.periods, "until")
    assert before(loop.trainings, "at") == before(clean.trainings, "at")
    assert before(loop.alerts, "at") == before(clean.alerts, "at")
    assert loop.periods[-1] != clean.periods[-1]
