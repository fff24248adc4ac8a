"""What a backtest refuses before it begins."""

import pytest

from homestead.errors import UserError
from homestead.steps.backtest.run import backtest_problem
from tests.factories import flats_problem


def test_a_table_without_time_and_an_unknown_candidate_are_refused() -> None:
    timeless = flats_problem().model_copy(update={"timestamp": None})
    with pytest.raises(UserError, match="problem flats has no timestamp"):
        backtest_problem(timeless)
    with pytest.raises(UserError, match="--candidate: found forest, allowed are ridge"):
        backtest_problem(flats_problem(), ["forest"])
