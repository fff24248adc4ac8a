"""Labelled predictions as rows of the table: values of their time, rules, no row twice."""

import json
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

from homestead.data.ingest import check_rows
from homestead.data.labelled.logged_rows import LoggedWriter
from homestead.data.labelled.training_rows import LABELLED_COLUMN, labelled_rows_at_their_time
from homestead.data.tables import write_parquet
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from tests.problem_text import changed_flats

PROBLEM = parse_problem(changed_flats(columns__floor={"type": "integer"}))


def _seconds(time: str) -> float:
    return pd.Timestamp(time, tz="UTC").timestamp()


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    raw = pd.DataFrame(
        {
            "id": ["1", "1", "2"],
            "listed": ["2024-01-01", "2024-02-01", "2024-01-10"],
            "rent": ["700", "800", ""],
            "area": ["50", "60", "70"],
            "district": ["north", "south", "north"],
            "lift": ["true", "", "false"],
            "floor": ["1", "2", "3"],
        }
    )
    return check_rows(raw, PROBLEM).valid


def _logged(*rows: dict[str, Any]) -> pd.DataFrame:
    first = {"prediction_id": "p", "row": 0, "version": "1", "at": _seconds("2024-01-20")}
    rest = {"entity": "1", "truth": 900.0, "labelled_at": 0.0, "values": {}, "reason": ""}
    frame = pd.DataFrame([{**first, **rest, "row": i, **row} for i, row in enumerate(rows)])
    return frame.assign(values=frame["values"].map(json.dumps))


class _Added(NamedTuple):
    """What became of labelled predictions.

    Attributes:
        rows: of the table and of good predictions, marked.
    """

    rows: pd.DataFrame
    quarantine: pd.DataFrame
    in_table: int
    text: str

    @property
    def valid(self) -> pd.DataFrame:
        """The good predictions alone."""
        if LABELLED_COLUMN not in self.rows:
            return self.rows[:0]
        return self.rows[self.rows[LABELLED_COLUMN]].reset_index(drop=True)

    def __str__(self) -> str:
        return self.text


def _added(table: pd.DataFrame, *rows: dict[str, Any], problem: Problem = PROBLEM) -> _Added:
    return _judged(_logged(*rows), table, problem)


def _judged(logged: pd.DataFrame, table: pd.DataFrame, problem: Problem) -> _Added:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        held, file, written = (folder / n for n in ("held", "logged", "written"))
        write_parquet(table, held)
        with LoggedWriter(file, is_regression=problem.task == "regression") as writer:
            writer.write(logged)
        with labelled_rows_at_their_time(file, held, problem, folder) as found:
            found.write_with(written)
            aside = pd.concat([pd.DataFrame(columns=["reason"]), *found.quarantine()])
            return _Added(pd.read_parquet(written), aside, found.in_table, str(found))


def _reasons(added: _Added) -> dict[str, str]:
    return dict(added.quarantine.reason)


def test_what_the_log_does_not_tell_is_what_the_table_held_at_the_time(
    table: pd.DataFrame,
) -> None:
    added = _added(
        table,
        {"values": {"area": 55.5}},
        {"at": _seconds("2024-02-01") + 1, "values": {"lift": True}},
    )
    rows = added.valid
    assert rows.area.tolist() == [55.5, 60.0]
    assert rows.district.tolist() == ["north", "south"]
    assert rows.floor.tolist() == [1, 2]
    assert rows.lift.tolist() == [True, True]
    assert rows.rent.tolist() == [900.0, 900.0]
    assert rows.block.tolist() == [5.0, 6.0]
    assert str(added) == "labelled predictions: 2 rows to train on, 0 bad"


def test_a_missing_value_that_was_logged_stays_missing(table: pd.DataFrame) -> None:
    added = _added(table, {"values": {"lift": None}})
    assert added.valid.lift.isna().tolist() == [True]


def test_rows_are_judged_by_the_rules_of_the_table(table: pd.DataFrame) -> None:
    added = _added(
        table,
        {"truth": 10.0},
        {"values": {"area": 1.0}},
        {"entity": None},
        {"entity": "9", "values": {"area": 50.0, "district": "north"}},
        {"at": _seconds("2023-01-01")},
        {"reason": "the registry has no model abc any more"},
    )
    unknown = "neither the log nor an earlier row of this key tells the value"
    assert added.valid.empty
    reasons = _reasons(added)
    assert reasons["p/0"] == "rent: found 10, allowed is 50 to 9000"
    assert reasons["p/1"] == "area: found 1, allowed is 5 to 500"
    assert "id: the log does not tell the key of this prediction" in reasons["p/2"]
    assert reasons["p/3"] == f"lift: {unknown}"
    assert reasons["p/4"] == "; ".join(
        f"{name}: {unknown}" for name in ("area", "district", "lift")
    )
    assert "the registry has no model abc any more" in reasons["p/5"]
    assert str(added).startswith("labelled predictions: 0 rows to train on, 6 bad\n")


def test_a_column_that_nothing_reads_may_be_unknown(table: pd.DataFrame) -> None:
    values = {"area": 50.0, "district": "north", "lift": True}
    added = _added(table, {"entity": "9", "values": values})
    assert added.valid.floor.isna().tolist() == [True]
    own = added.rows[~added.rows[LABELLED_COLUMN]].drop(columns=LABELLED_COLUMN)
    pd.testing.assert_frame_equal(own.reset_index(drop=True), table, check_dtype=False)
    assert len(added.rows) == len(table) + 1


def test_no_row_is_there_twice(table: pd.DataFrame) -> None:
    added = _added(
        table,
        {"at": _seconds("2024-02-01")},  # the table has this flat, this day and its rent
        {"entity": "2", "at": _seconds("2024-01-10"), "values": {"lift": True}},  # no rent there
        {},
        {},
    )
    assert added.in_table == 1
    assert added.valid.id.tolist() == [2, 1]
    assert _reasons(added) == {
        "p/3": "id: found 1, another prediction of this id and listed counts"
    }
    assert "2 rows to train on, 1 bad; 1 are in the table already" in str(added)


def test_rows_are_in_the_order_of_time_and_without_labels_nothing_changes(
    table: pd.DataFrame,
) -> None:
    rows = _added(table, {}).rows
    assert rows.listed.is_monotonic_increasing
    assert rows[LABELLED_COLUMN].tolist() == [False, False, True, False]
    assert {name: str(rows[name].dtype) for name in table} == table.dtypes.astype(str).to_dict()
    pd.testing.assert_frame_equal(_added(table, {"truth": 1.0}).rows, table)


def test_classes_are_those_of_the_target(table: pd.DataFrame) -> None:
    changes = {"task": "classification", "target": "lift", "columns__lift": {"type": "boolean"}}
    text = changed_flats(
        **changes,
        views=None,
        derived=None,
        slices=None,
        gate=None,
        metric="log_loss",
        features=["area"],
        candidates={"l": {"estimator": "sklearn.linear_model.LogisticRegression"}},
    )
    problem = parse_problem(text)
    rows = table.drop(columns=["floor", "block", "lift"]).assign(lift=[True, False, True])
    added = _added(rows, {"truth": "false"}, {"truth": "maybe", "entity": "2"}, problem=problem)
    assert added.valid.lift.tolist() == [False]
    assert _reasons(added)["p/1"].startswith("lift: found 'maybe', allowed is ")


def test_a_key_of_several_columns_finds_its_own_rows(table: pd.DataFrame) -> None:
    keys = ["id", "district"]
    problem = parse_problem(changed_flats(columns__floor={"type": "integer"}, key=keys))
    at = _seconds("2024-02-02")
    added = _added(
        table,
        {"entity": '["1","north"]', "at": at},
        {"entity": '["1","south"]', "at": at},
        {"entity": '["1","east"]', "at": at},
        {"entity": '["1","south"]', "at": _seconds("2024-02-01")},
        problem=problem,
    )
    assert added.valid.area.tolist() == [50.0, 60.0]
    assert added.valid.district.tolist() == ["north", "south"]
    assert "district: found 'east', allowed are north, south" in _reasons(added)["p/2"]
    assert added.in_table == 1


def test_times_are_those_of_utc_whatever_the_column_s_zone(table: pd.DataFrame) -> None:
    problem = parse_problem(
        changed_flats(
            columns__floor={"type": "integer"},
            columns__listed={"type": "timestamp", "time_zone": "America/New_York"},
        )
    )
    added = _added(table, {"at": _seconds("2024-02-01 03:00")}, problem=problem)
    assert added.valid.listed.tolist() == [pd.Timestamp("2024-02-01 03:00")]
    assert added.valid.area.tolist() == [60.0]
