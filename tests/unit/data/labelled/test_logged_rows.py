"""Labelled predictions as a run records them: what the log tells of the source's columns."""

import json

import pandas as pd

from homestead.data.labelled.logged_rows import (
    LOGGED_COLUMNS,
    logged_values,
    read_logged,
    write_logged,
)
from homestead.problem.sections.column import Column
from tests.homes import homes_contract


def test_codes_become_values_and_what_the_log_does_not_tell_is_left_out() -> None:
    contract = homes_contract()
    features = {
        **{"area": 80.5, "rooms": 3.0, "lift": 1.0, "kind": 1.0, "floor": None},
        **{"cell_size": 4.4, "lat": "0f5a"},
    }
    assert json.loads(logged_values(features, contract)) == {
        **{"area": 80.5, "rooms": 3, "lift": True, "kind": "house", "floor": None},
    }
    # 2^53 may stand for its neighbours, too.
    assert logged_values({"rooms": 2.0**53}, contract) == "{}"


def test_a_category_that_the_model_had_not_learnt_is_not_told() -> None:
    column = Column(type="category", allowed=("flat", "other"), unseen="other")
    contract = homes_contract(columns={"kind": column})
    assert logged_values({"kind": 0.0}, contract) == '{"kind": "flat"}'
    assert logged_values({"kind": 1.0}, contract) == "{}"
    missing = column.model_copy(update={"unseen": "missing"})
    assert logged_values({"kind": None}, homes_contract(columns={"kind": missing})) == "{}"


def test_the_same_rows_give_the_same_bytes() -> None:
    row = dict.fromkeys(LOGGED_COLUMNS, "x") | {"row": 0, "at": 1.5, "entity": None}
    rows = pd.DataFrame([row])
    content = write_logged(rows)
    assert write_logged(rows.copy()) == content
    pd.testing.assert_frame_equal(read_logged(content), rows[list(LOGGED_COLUMNS)])
