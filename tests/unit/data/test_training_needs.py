"""What training needs of the rows, said before it."""

from typing import Any

import numpy as np
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
            "split: no rows in validation, holdout; 3 groups of part are too few for these shares",
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


def test_an_empty_part_of_groups_names_a_seed_that_fills_it() -> None:
    rows = split_rows(300).assign(shop=pd.Series(np.arange(300) % 6, dtype="Int64"))
    split = {"kind": "grouped", "column": "shop", "seed": 3}
    assert list(unmet_needs(rows, split_problem(split))) == [
        "split: no rows in validation; seed 3 draws none of the 6 groups of shop; with"
        " 'split.seed: 5' all parts have some"
    ]
    assert not list(unmet_needs(rows, split_problem(split | {"seed": 5})))


def test_too_few_groups_for_any_seed_are_said_to_be_so() -> None:
    rows = split_rows(300).assign(shop=pd.Series(np.arange(300) % 2, dtype="Int64"))
    [line] = unmet_needs(rows, split_problem({"kind": "grouped", "column": "shop"}))
    assert line.endswith(
        "; 2 groups of shop are too few for these shares (validation 0.2, holdout 0.2)"
    )
