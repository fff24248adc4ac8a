"""The document of a backtest."""

from homestead.reports.backtest.result import BacktestResult, Measured
from tests.backtests import backtest_result


def test_it_is_read_as_it_was_written() -> None:
    result = backtest_result(Measured(value=-0.01, low=None, high=None))
    assert BacktestResult.from_json(result.to_json()) == result


def test_a_training_whose_winner_was_refused_is_no_release() -> None:
    loop = backtest_result(Measured(value=0, low=None, high=None)).strategy("loop")
    assert [training.version for training in loop.releases] == ["2"]
