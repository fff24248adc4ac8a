"""One batch: good rows in their types, bad ones with their reasons and positions."""

import pandas as pd
import pyarrow as pa
import pytest

from homestead.data.checking.batches import Batch
from homestead.data.checking.check_batch import POSITION, BatchCheck, ColumnCount, stored_name
from homestead.problem.loader import parse_problem
from tests.raw_flats import RAW_FLATS, raw_flats_rows

PROBLEM = parse_problem(RAW_FLATS)


def texts() -> pd.DataFrame:
    rows = raw_flats_rows().astype({"floor": "Int64", "baths": "Int64"})
    return rows.astype(object).where(rows.notna(), "").astype(str)


def batch(rows: pd.DataFrame, start: int = 100) -> Batch:
    return Batch(start, pa.table({name: pa.array(rows[name], pa.string()) for name in rows}))


def test_positions_count_from_the_batchs_start() -> None:
    rows = texts()
    rows.loc[1, "rooms"] = "12"
    rows.loc[3, ["rooms", "lift"]] = ["many", ""]
    checked = BatchCheck(PROBLEM, {}).check(batch(rows))
    assert checked.rows == 5
    assert checked.good[POSITION].to_pylist() == [100, 102, 104]
    assert checked.good[stored_name(PROBLEM, "rooms")].to_pylist() == [3, 4, 2]
    assert [(found.value.row, str(found.value)) for found in checked.bad] == [
        (103, "rooms: found 'many', allowed is a whole number of 64 bits"),
        (101, "rooms: found 12, allowed is 1 to 9"),
        (103, "lift: missing"),
    ]
    assert checked.raw.index.tolist() == [101, 103]
    assert checked.raw["rooms"].tolist() == ["12", "many"]
    assert (checked.columns["rooms"].present, checked.columns["rooms"].unreadable) == (5, 1)


@pytest.mark.parametrize("is_dropped", [True, False])
def test_a_row_without_a_target_is_good_or_dropped(is_dropped: bool) -> None:
    rows = texts()
    rows.loc[2, ["rent", "rooms"]] = ["", "99"]
    rows.loc[4, "rent"] = "dear"
    problem = parse_problem(f"{RAW_FLATS}drop: {{without_target: {str(is_dropped).lower()}}}\n")
    checked = BatchCheck(problem, {}).check(batch(rows))
    assert checked.without_target == int(is_dropped)
    bad = [104] if is_dropped else [104, 102]
    assert [found.value.row for found in checked.bad] == bad


def test_the_same_rows_of_a_frame_are_judged_alike() -> None:
    rows = texts()
    rows.loc[0, "district"] = "west"
    check = BatchCheck(PROBLEM, {})
    ours, theirs = check.check(batch(rows)), check.check(Batch(100, rows))
    assert ours.bad == theirs.bad
    assert ours.good.equals(theirs.good)


def test_a_column_is_wrong_if_no_value_of_any_batch_can_be_read() -> None:
    check = BatchCheck(PROBLEM, {})
    wrong = check.check(batch(texts().assign(rooms=list("abcde")))).columns["rooms"]
    total = ColumnCount()
    total.add(wrong)
    assert total.is_wrong
    assert total.examples == list("abcde")
    total.add(check.check(batch(texts())).columns["rooms"])
    assert not total.is_wrong
    assert total.examples == []
    assert total.first is not None
    assert total.first.found == "'a'"
