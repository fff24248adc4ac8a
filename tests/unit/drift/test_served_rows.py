"""Served rows of several models: categories by name, and rows that mean something else."""

import math
from typing import Any

import pandas as pd
import pytest

from homestead.drift.served_rows import rows_as_inputs_of
from homestead.problem.contract import Contract
from homestead.problem.loader import parse_problem
from tests.problem_text import changed_flats


def contract(**changes: Any) -> Contract:
    fields: dict[str, Any] = {
        "features": ["area", "district", "block"],
        "views": {},
        "derived__premium": None,
    }
    return Contract.from_problem(parse_problem(changed_flats(**fields | {"slices": []} | changes)))


CHAMPION = contract()


def served(**columns: list[float]) -> pd.DataFrame:
    rows = pd.DataFrame({"area": [40.0, 50.0], "district": [0.0, 1.0], "block": [4.0, 5.0]})
    return rows.assign(**columns).set_index(pd.Index(["new", "old"], name="digest"))


def test_categories_are_matched_by_name() -> None:
    old = contract(columns__district__allowed=["south", "west", "north"])
    rows = rows_as_inputs_of(CHAMPION, served(), {"new": CHAMPION, "old": old})
    # The old model's 1 is west, which the champion does not know.
    assert rows["district"].tolist() == [0, 2]
    rows = rows_as_inputs_of(
        CHAMPION, served(district=[math.nan, 0]), {"new": CHAMPION, "old": old}
    )
    assert rows["district"].fillna(-1).tolist() == [-1, 1]


@pytest.mark.parametrize(
    "changes",
    [
        {"columns__area__unit": "sq ft"},
        {"columns__district": {"type": "integer"}},
        {"derived__block": "floor(area / 20)"},
        {"features": ["area", "block"]},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_rows_in_which_an_input_was_another_quantity_are_left_out(changes: dict[str, Any]) -> None:
    contracts = {"new": CHAMPION, "old": contract(**changes)}
    assert rows_as_inputs_of(CHAMPION, served(), contracts)["area"].tolist() == [40]


def test_an_expression_of_a_category_needs_the_same_codes() -> None:
    text = {"derived__block": "district * 10"}
    champion = contract(**text)
    old = contract(**text, columns__district__allowed=["south", "north"])
    rows = rows_as_inputs_of(champion, served(), {"new": champion, "old": old})
    assert list(rows.index) == ["new"]


def test_rows_of_an_unknown_model_are_left_out() -> None:
    assert rows_as_inputs_of(CHAMPION, served(), {"new": CHAMPION})["area"].tolist() == [40]
    assert rows_as_inputs_of(CHAMPION, served(), {}).empty
    assert rows_as_inputs_of(CHAMPION, pd.DataFrame(), {}).empty


def test_a_value_that_the_champion_never_saw_is_what_it_takes_unseen_values_for() -> None:
    learnt = {"type": "category", "allowed": ["north", "south", "other"], "unseen": "other"}
    champion = contract(columns__district=learnt)
    old = contract(columns__district=learnt | {"allowed": ["west", "south", "other"]})
    rows = served(district=[2, 0])
    assert rows_as_inputs_of(champion, rows, {"new": champion, "old": old})[
        "district"
    ].tolist() == [2, 2]
    missing = contract(columns__district={**learnt, "unseen": "missing"})
    codes = rows_as_inputs_of(missing, rows, {"new": missing, "old": old})["district"]
    assert codes.tolist()[0] == 2
    assert math.isnan(codes.tolist()[1])
