"""What training needs of the rows, said before it."""

from typing import Any

import pandas as pd
import pytest

from homestead.data.training_needs import unmet_needs
from tests.split_problem import split_problem, split_rows


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (
            {"validation_from": "2024-02-01", "holdout_from": "2030-01-01"},
            "split: no rows in train, holdout; day holds 2024-02-",
        ),
        (
            {"kind": "grouped", "column": "part", "validation": 0.01, "holdout": 0.01},
            "split: no rows in validation, holdout; 200 rows are too few for these shares",
        ),
        (
            {"kind": "column", "column": "part", "train": ["fit", "tune", "test"]},
            "split: no rows in validation, holdout; part holds fit, test, tune",
        ),
    ],
)
def test_empty_parts_are_said_in_each_kind_of_split(split: dict[str, Any], message: str) -> None:
    rows = split_rows(200).assign(day=pd.Timestamp("2024-02-03"))
    [line, *_] = unmet_needs(rows, split_problem(split))
    assert line.startswith(message)
