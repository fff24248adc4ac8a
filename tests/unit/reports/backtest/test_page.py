"""Page of a backtest."""

from homestead.reports.backtest.page import backtest_html, conclusion, markdown
from homestead.reports.backtest.result import Measured
from tests.backtests import backtest_result as result
from tests.report_pages import plot_count


def test_the_page_shows_strategies_trainings_and_alerts_and_escapes_them() -> None:
    page = backtest_html(result(Measured(value=-0.01, low=-0.02, high=-0.005)))
    assert "harm &lt;b&gt;" in page
    assert "worse &amp; worse" in page
    assert "1970-01-29, drift: drift share 0.50" in page
    assert "the champion kept" in page
    assert plot_count(page) == 1
    assert "At the end " in page


def test_the_conclusion_is_what_the_interval_says() -> None:
    better = conclusion(result(Measured(value=-0.01, low=-0.02, high=-0.005)))
    assert better == [
        "The loop (2 trainings after the first, 1 release) is better than never retraining:"
        " mean absolute percentage error -1.00 points (-2.00 to -0.50)."
    ]
    unclear = conclusion(result(Measured(value=-0.01, low=-0.02, high=0.005)))
    assert "cannot be told from never retraining" in unclear[0]
    worse = conclusion(result(Measured(value=0.01, low=0.005, high=0.02)))
    assert "is worse than never retraining" in worse[0]


def test_the_table_has_a_row_for_each_strategy() -> None:
    table = markdown(result(Measured(value=-0.01, low=-0.02, high=-0.005)))
    assert table.count("\n") == 4
    assert (
        "| the loop | 12.00% (11.00 to 13.00) | -1.00 points (-2.00 to -0.50) | 3 | 2 | 1 | 1 |"
        in table
    )
