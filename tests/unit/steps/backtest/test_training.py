"""A training in a backtest: what the gate refuses is not released."""

from pathlib import Path

from homestead.steps.backtest.replay import own_settings
from homestead.steps.backtest.timeline import DAY_S, Timeline, replayed_problem
from homestead.steps.backtest.training import train_on
from tests.backtests import PROBLEM, table


def test_a_model_that_misses_a_limit_is_not_released(tmp_path: Path) -> None:
    timeline = Timeline(table(), PROBLEM)
    problem = replayed_problem(PROBLEM, timeline.schedule())
    gate = problem.gate.model_copy(update={"limits": {"mape": 1e-6}})
    problem = problem.model_copy(update={"gate": gate})
    known = timeline.known(timeline.first + 80 * DAY_S)
    end = train_on(known, problem, own_settings(tmp_path), "1", 0, lambda _: None)
    assert end.decision != "promote"
    assert not end.champion
    assert "mape" in end.reason
