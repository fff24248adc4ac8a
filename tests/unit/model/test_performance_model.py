"""The file of what was learnt for estimates."""

import pytest

from homestead.errors import UserError
from homestead.model.performance_model import PerformanceModel


def test_the_file_is_read_as_it_was_written_and_a_wrong_one_is_named() -> None:
    learnt = PerformanceModel(rows=200, features=("area",), on_holdout={"mae": 0.1 + 0.2})
    assert PerformanceModel.from_json(learnt.to_json(), "run") == learnt
    with pytest.raises(UserError, match="run 5: rows: Field required"):
        PerformanceModel.from_json("{}", "run 5")
