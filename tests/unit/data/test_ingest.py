"""Ingest: which rows are valid, which are quarantined and why, and what stops the run."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from homestead.data.ingest import check_rows, ingest
from homestead.data.tables import write_parquet
from homestead.errors import UserError
from homestead.problem.loader import load_problem, parse_problem
from homestead.problem.schema import Problem
from tests.raw_flats import RAW_FLATS, raw_flats_rows

ROOT = Path(__file__).parents[3]


@pytest.fixture
def problem() -> Problem:
    return parse_problem(RAW_FLATS)


@pytest.fixture
def rows() -> pd.DataFrame:
    return raw_flats_rows()


def test_valid_rows_have_the_problems_types_and_order(problem: Problem, rows: pd.DataFrame) -> None:
    checked = check_rows(rows, problem)
    assert checked.rows == 5
    assert checked.quarantine.empty
    valid = checked.valid
    assert valid.dtypes.astype(str).to_dict() == {
        "id": "int64",
        "listed": "datetime64[us]",
        "rent": "float64",
        "rooms": "int64",
        "baths": "Int64",
        "district": "object",
        "floor": "object",
        "lift": "bool",
        "pets": "boolean",
        "size": "float64",
        "month": "float64",
    }
    assert valid["id"].tolist() == [1, 2, 4, 5, 3]  # by time
    assert valid["listed"].iloc[0] == pd.Timestamp("2024-01-01 10:00")
    assert valid["floor"].tolist() == [None, "2", "0", "1", "1"]
    assert valid["lift"].tolist() == [False, True, False, True, True]
    assert valid["size"].tolist() == [20, 41, 10, 21, 31]
    assert valid["month"].tolist() == [1, 2, 3, 4, 5]


def test_valid_rows_survive_parquet(problem: Problem, rows: pd.DataFrame, tmp_path: Path) -> None:
    valid = check_rows(rows, problem).valid
    write_parquet(valid, tmp_path / "valid.parquet")
    reread = pd.read_parquet(tmp_path / "valid.parquet")
    pd.testing.assert_frame_equal(reread, valid)
    reread = check_rows(reread, problem).valid
    pd.testing.assert_frame_equal(reread, valid)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("rooms", 12, "rooms: found 12, allowed is 1 to 9"),
        ("rooms", 2.5, "rooms: found 2.5, allowed is a whole number"),
        ("rooms", None, "rooms: missing"),
        ("rooms", "many", "rooms: found 'many', allowed is a whole number"),
        ("rent", np.inf, "rent: found inf, allowed is a number"),
        ("rent", 10, "rent: found 10, allowed is 50 to 9000"),
        ("id", 1e19, "id: found 1e+19, allowed is a whole number"),
        ("district", "west", "district: found 'west', allowed are north, south"),
        ("district", None, "district: missing"),
        ("lift", "maybe", "lift: found 'maybe', allowed is true or false"),
        ("lift", None, "lift: missing"),
        ("listed", "soon", "listed: found 'soon', allowed is a time in ISO 8601"),
        ("listed", None, "listed: missing"),
    ],
)
def test_a_bad_row_is_quarantined_with_the_reason(
    problem: Problem, rows: pd.DataFrame, column: str, value: Any, reason: str
) -> None:
    rows[column] = rows[column].astype(object)
    rows.loc[2, column] = value
    checked = check_rows(rows, problem)
    assert len(checked.valid) == 4
    assert checked.quarantine.index.tolist() == [2]
    assert checked.quarantine["reason"].item().startswith(reason)
    assert checked.quarantine["rent"].notna().all()  # the row as it came


def test_every_reason_of_a_row_is_given(problem: Problem, rows: pd.DataFrame) -> None:
    rows["district"] = rows["district"].replace({"south": "west"})
    rows.loc[1, "rooms"] = 99
    reasons = check_rows(rows, problem).quarantine["reason"].tolist()
    assert reasons == [
        "rooms: found 99, allowed is 1 to 9; district: found 'west', allowed are north, south",
        "district: found 'west', allowed are north, south",
    ]


def test_large_keys_are_exact(problem: Problem, rows: pd.DataFrame) -> None:
    rows["id"] += 2**60
    rows["listed"] = "2024-01-01"
    assert check_rows(rows, problem).valid["id"].tolist() == [2**60 + i for i in range(1, 6)]


def test_a_target_without_a_logarithm_is_quarantined(rows: pd.DataFrame) -> None:
    text = RAW_FLATS.replace("target: rent", "target: rent\ntarget_log: true")
    problem = parse_problem(
        text.replace("rent: {type: number, range: [50, 9000]}", "rent: {type: number}")
    )
    rows.loc[0, "rent"] = 0
    reason = check_rows(rows, problem).quarantine["reason"].item()
    assert reason == "rent: found 0, allowed is more than 0, for its logarithm"


def refusal(table: pd.DataFrame, problem: Problem) -> str:
    with pytest.raises(UserError) as error:
        check_rows(table, problem)
    return str(error.value)


def test_a_missing_column_is_refused(problem: Problem, rows: pd.DataFrame) -> None:
    message = refusal(rows.drop(columns="rooms"), problem)
    assert message == (
        "flats.csv: missing column rooms; found are"
        " id, listed, rent, baths, district, floor, lift, pets, agent"
    )


def test_a_renamed_column_is_refused_with_a_hint(problem: Problem, rows: pd.DataFrame) -> None:
    message = refusal(rows.rename(columns={"district": "districts"}), problem)
    assert "missing column district (perhaps renamed to districts)" in message


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("rooms", list("abcde"), "column rooms: found 'a', allowed is a whole number"),
        ("rent", [True] * 5, "column rent: found True, allowed is a number"),
        ("listed", [20240101] * 5, "column listed: found 20240101, allowed is a time"),
        ("listed", ["1/2/2024"] * 5, "column listed: found '1/2/2024', allowed is a time"),
        ("lift", ["up"] * 5, "column lift: found 'up', allowed is true or false"),
    ],
)
def test_a_column_of_another_type_is_refused(
    problem: Problem, rows: pd.DataFrame, column: str, values: list[Any], message: str
) -> None:
    assert message in refusal(rows.assign(**{column: values}), problem)


def test_all_but_one_of_identical_rows_are_bad(problem: Problem, rows: pd.DataFrame) -> None:
    rows = pd.concat([rows, rows.iloc[[1, 1]]], ignore_index=True)
    rows["rooms"] = rows["rooms"].astype(object)
    rows.loc[5, "rooms"] = "2.0"  # the same value in another form
    checked = check_rows(rows, problem)
    assert checked.valid["id"].tolist() == [1, 2, 4, 5, 3]
    assert checked.quarantine.index.tolist() == [5, 6]
    assert (
        checked.quarantine["reason"].tolist()
        == ["id: found 1, the row is identical to an earlier one"] * 2
    )
    strict = problem.model_copy(update={"max_bad_row_share": 0.1})
    assert "2 of 7 rows are bad" in refusal(rows, strict)


def test_rows_of_one_key_and_time_that_differ_are_all_bad(
    problem: Problem, rows: pd.DataFrame
) -> None:
    rows["id"] = [7, 7, 3, 4, 5]
    assert len(check_rows(rows, problem).valid) == 5  # at different times it may be
    rows["listed"] = "2024-01-01"
    checked = check_rows(rows, problem)
    assert checked.valid["id"].tolist() == [3, 4, 5]
    assert (
        checked.quarantine["reason"].tolist()
        == ["id: found 7, other values than another row of this id and listed; allowed is one row"]
        * 2
    )


def test_too_many_bad_rows_are_refused_and_listed(problem: Problem, rows: pd.DataFrame) -> None:
    rows.loc[[1, 2, 4], "rooms"] = 77
    rows.loc[2, "district"] = None
    assert refusal(rows, problem).splitlines() == [
        "flats.csv: 3 of 5 rows are bad, allowed is a share of 0.4:",
        "  rooms: 3 values, allowed is 1 to 9 (row 1: 77, row 2: 77, row 4: 77)",
        "  district: 1 value, missing (row 2)",
    ]


def test_a_source_without_a_valid_row_is_refused_whatever_share_is_allowed(
    rows: pd.DataFrame,
) -> None:
    problem = parse_problem(RAW_FLATS.replace("max_bad_row_share: 0.4", "max_bad_row_share: 1"))
    assert "5 of 5 rows are bad" in refusal(rows.assign(rooms=77), problem)


def test_the_default_source_has_one_bad_row() -> None:
    problem = load_problem(ROOT / "problems" / "house_price.yaml")
    ingested = ingest(problem)
    assert ingested.rows == 21_613
    assert ingested.quarantine["reason"].tolist() == ["bedrooms: found 33, allowed is 0 to 15"]
    assert ingested.data_hash.startswith("33726fed816d4a88")
    assert ingested.valid["date"].dtype == "datetime64[us]"
    assert ingested.valid["waterfront"].dtype == bool


def test_python_dates_are_times(problem: Problem, rows: pd.DataFrame) -> None:
    rows["listed"] = [date(2024, 1, day) for day in range(1, 6)]
    assert check_rows(rows, problem).valid["listed"].dt.day.tolist() == [1, 2, 3, 4, 5]


LOOKALIKES = {
    "answer": ["NA", "None", "null", "yes"],
    "code": ["02134", "00501", "1e3", "1.10"],
    "flag": ["true", "false", "True", "0"],
}


def test_categories_of_a_csv_are_the_texts_of_the_file(tmp_path: Path) -> None:
    columns = "".join(
        f"  {name}: {{type: category, allowed: {json.dumps(texts)}}}\n"
        for name, texts in LOOKALIKES.items()
    )
    text = RAW_FLATS.replace("derived:", f"{columns}derived:")
    problem = parse_problem(text.replace("flats.csv", str(tmp_path / "flats.csv")))
    table = raw_flats_rows().head(4).astype({"floor": "Int64"}).assign(**LOOKALIKES)
    table.to_csv(tmp_path / "flats.csv", index=False)
    valid = ingest(problem).valid.sort_values("id")
    order = table.sort_values("id")
    for name in LOOKALIKES:
        assert valid[name].tolist() == order[name].tolist()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_integers_that_a_float_cannot_tell_apart_stay_apart(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"flats.{suffix}"
    problem = parse_problem(RAW_FLATS.replace("flats.csv", str(path)))
    rows = raw_flats_rows()
    rows["id"] = 2**53 + np.arange(5)
    rows["floor"] = rows["floor"].astype("Int64")
    rows["baths"] = pd.array([2**60 + 1, None, 2**60 + 3, 2**60 + 4, 2**60 + 5], "Int64")
    rows = rows.astype({"lift": str, "pets": "boolean"})
    rows.to_csv(path, index=False) if suffix == "csv" else rows.to_parquet(path)
    valid = ingest(problem).valid.sort_values("id")
    assert valid["id"].tolist() == [2**53 + i for i in range(5)]
    assert str(valid["baths"].dtype) == "Int64"
    assert [None if pd.isna(v) else v - 2**60 for v in valid["baths"]] == [1, None, 3, 4, 5]


def test_the_line_of_the_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "flats.csv"
    problem = parse_problem(RAW_FLATS.replace("flats.csv", str(path)))
    rows = raw_flats_rows().astype({"floor": "Int64", "rooms": object})
    rows["agent"] = ["a", "two\nlines", "b", "c", "d"]
    bad: dict[int, Any] = {0: "n/a?", 2: "1,5", 4: 77}
    for row, rooms in bad.items():
        rows.loc[row, "rooms"] = rooms
    rows.to_csv(path, index=False)
    with pytest.raises(UserError) as error:
        ingest(problem)
    assert str(error.value).splitlines()[1:] == [
        "  rooms: 2 values, allowed is a whole number of 64 bits (line 2: 'n/a?', line 5: '1,5')",
        "  rooms: 1 value, allowed is 1 to 9 (line 7: 77)",
    ]
