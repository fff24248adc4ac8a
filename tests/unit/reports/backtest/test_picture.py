"""Picture of a backtest."""

from homestead.reports.backtest.picture import backtest_figure, backtest_svg
from homestead.reports.backtest.result import Measured
from homestead.reports.charts import WIDE
from tests.backtests import backtest_result

RESULT = backtest_result(Measured(value=-0.01, low=-0.02, high=-0.005))


def test_the_same_result_gives_the_same_picture() -> None:
    assert backtest_svg(RESULT) == backtest_svg(RESULT)


def test_each_strategy_has_a_line_with_its_value_and_a_row_of_events() -> None:
    errors, events = backtest_figure(WIDE, RESULT).axes
    labels = [str(line.get_label()) for line in errors.lines]
    assert labels == ["never retrained: 13.00% in all", "the loop: 12.00% in all"]
    assert [text.get_text() for text in events.get_yticklabels()] == ["never retrained", "the loop"]
    # Lines that lie on each other are told apart.
    looks = {(line.get_linestyle(), line.get_linewidth()) for line in errors.lines}
    assert len(looks) == 2
