"""Labelled predictions of a batch: what they become beside what the table held, and why not."""

import json
from typing import Any

import numpy as np
import pandas as pd

from homestead.data.labelled.judged_rows import JudgedRows, RowJudge
from homestead.problem.loader import parse_problem
from tests.problem_text import changed_flats

PROBLEM = parse_problem(changed_flats())
EARLIER = {
    **{"id": 1, "listed": pd.Timestamp("2024-01-01"), "rent": 700.0, "area": 50.0},
    **{"district": "north", "lift": None, "block": 5.0},
}


def _judge(values: dict[str, Any], *, has_row: bool = True, **logged: Any) -> JudgedRows:
    row = {"prediction_id": "p", "row": 0, "at": 1_706_000_000.25, "entity": "1", "truth": 900.0}
    frame = pd.DataFrame([{**row, "reason": "", **logged, "values": json.dumps(values)}])
    earlier = pd.DataFrame([EARLIER if has_row else dict.fromkeys(EARLIER)])
    return RowJudge(PROBLEM).judge(frame, earlier, np.array([has_row]))


def test_a_row_has_what_the_log_tells_and_else_what_the_table_held() -> None:
    judged = _judge({"area": 33.5})
    [row] = judged.rows.to_dict("records")
    assert judged.reasons == [None]
    assert not judged.bad
    assert (row["id"], row["rent"], row["area"], row["district"]) == (1, 900.0, 33.5, "north")
    assert row["block"] == 3.0  # derived from what the log tells, not what the table held
    assert pd.isna(row["lift"])


def test_reasons_are_in_the_order_of_the_rules() -> None:
    judged = _judge({"area": 1.0}, truth=1.0, entity=None, reason="no model", has_row=False)
    assert judged.reasons == [
        "id: the log does not tell the key of this prediction; id: no model"
        "; district: neither the log nor an earlier row of this key tells the value"
        "; lift: neither the log nor an earlier row of this key tells the value"
        "; id: missing; rent: found 1, allowed is 50 to 9000; area: found 1, allowed is 5 to 500"
    ]
    assert [found.value.column for found in judged.bad] == [
        *("id", "id", "district", "lift", "id", "rent", "area")
    ]
    assert np.isnan(judged.rows.get("block", pd.Series([np.nan]))[0])


def test_identities_are_typed_and_missing_where_the_log_does_not_tell() -> None:
    rows = [("7", 1_706_000_000.25), (None, 1_706_000_000.0), ("x", 1_706_000_000.0)]
    logged = pd.DataFrame(
        {"entity": [key for key, _ in rows], "at": [at for _, at in rows], "values": "{}"}
    )
    identity = RowJudge(PROBLEM).identify(logged)
    assert identity.id.isna().tolist() == [False, True, True]
    assert identity.id[0] == 7
    assert identity.listed[0] == pd.Timestamp("2024-01-23 08:53:20.25")


def test_a_value_that_cannot_be_read_is_told_once() -> None:
    judged = _judge({"lift": 3})
    assert judged.reasons[0] is not None
    assert judged.reasons[0].startswith("lift: found 3, allowed is ")
    assert judged.reasons[0].count("lift") == 1


def test_a_column_that_nothing_reads_may_be_unknown() -> None:
    judged = _judge({"area": 50.0, "district": "north", "lift": True}, has_row=False)
    assert judged.reasons == [None]
    hidden = parse_problem(changed_flats(columns__floor={"type": "integer"}))
    frame = pd.DataFrame(
        [{"prediction_id": "p", "row": 0, "at": 0.0, "entity": "1", "truth": 900.0, "reason": ""}]
    ).assign(values=json.dumps({"area": 50.0, "district": "north", "lift": True}))
    earlier = pd.DataFrame([dict.fromkeys(EARLIER) | {"floor": None}])
    told = RowJudge(hidden).judge(frame, earlier, np.array([False]))
    assert (told.reasons, told.rows.floor.isna().tolist()) == ([None], [True])
