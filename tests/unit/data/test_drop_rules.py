"""Rows without a target, and those that the problem drops: neither is bad."""

from pathlib import Path

import pandas as pd
import pytest

from homestead.data.ingest import CheckedRows, check_rows
from homestead.data.labelled_rows import labelled_rows
from homestead.data.training_needs import unmet_needs
from homestead.errors import UserError
from homestead.features.training_set import training_set
from homestead.features.views import view_tables, write_views
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.reports.data.data_sheet import data_sheet_html
from homestead.steps.training_set import build_training_set
from tests.raw_flats import RAW_FLATS, raw_flats_rows

VIEW = "{flat: {entity: id, columns: [baths]}}"
NO_TARGETS_ARE_BAD = (
    RAW_FLATS.replace("max_bad_row_share: 0.4", "max_bad_row_share: 0")
    .replace(
        "views:\n  market: {entity: rooms, query: SELECT 1, features: [typical]}", f"views: {VIEW}"
    )
    .replace('  trend: "typical - rooms"\n', "")
    .replace("[rooms, typical]", "[rooms, baths]")
)


def _problem(drop: str = "{}") -> Problem:
    return parse_problem(f"{NO_TARGETS_ARE_BAD}\ndrop: {drop}\n")


def _rows() -> pd.DataFrame:
    return raw_flats_rows().assign(rent=pd.Series([900, None, 1000, "NA", 650]))


def _two_of_key_3() -> pd.DataFrame:
    """Return rows of which the first and the last share key and time, the third and sixth all."""
    rows = raw_flats_rows()
    later = rows.iloc[[0]].assign(rent=950)
    return pd.concat([rows, rows.iloc[[2]], later], ignore_index=True)


def test_rows_without_a_target_are_valid_and_counted() -> None:
    checked = check_rows(_rows(), _problem())
    assert str(checked) == "5 valid rows (2 without a target), 0 bad"
    assert checked.valid["rent"].isna().sum() == 2
    page = data_sheet_html(_problem(), checked, "0" * 64, "flats.csv")
    assert "2 valid rows have no rent: they are not trained or judged on" in page


def test_the_model_learns_from_rows_with_a_target_and_the_views_hold_all(tmp_path: Path) -> None:
    problem = _problem()
    valid = check_rows(_rows(), problem).valid
    tables = view_tables(valid, problem)
    assert sorted(tables["flat"]["id"]) == [1, 2, 3, 4, 5]
    write_views(tables, tmp_path)
    dataset = training_set(valid, tmp_path, problem)
    assert dataset["id"].tolist() == [2, 5, 3]
    assert dataset["split"].tolist() == ["train", "holdout", "holdout"]


def test_the_training_set_says_what_is_left_out(tmp_path: Path) -> None:
    problem = _problem()
    check_rows(_rows(), problem).valid.to_parquet(tmp_path / "valid.parquet")
    said: list[str] = []
    build_training_set(
        problem,
        valid=tmp_path / "valid.parquet",
        views=tmp_path / "views",
        dataset=tmp_path / "dataset.parquet",
        report=said.append,
    )
    assert said == ["train 1, validation 0, holdout 2; 2 rows without a target are in the views"]


@pytest.mark.parametrize(
    ("kind", "values", "dtype"),
    [("integer", [1, None, 3], "int64"), ("number", [1.5, None, 3], "float64")],
)
def test_targets_have_a_plain_type_once_all_are_there(
    kind: str, values: list[float], dtype: str
) -> None:
    rent = "rent: {type: number, range: [50, 9000]}"
    problem = parse_problem(NO_TARGETS_ARE_BAD.replace(rent, f"rent: {{type: {kind}}}"))
    valid = check_rows(raw_flats_rows().iloc[:3].assign(rent=values), problem).valid
    assert str(labelled_rows(valid, problem)["rent"].dtype) == dtype


def test_a_target_that_cannot_be_read_is_bad() -> None:
    with pytest.raises(UserError, match=r"rent: 1 value, allowed is a number \(row 2: 'dear'\)"):
        check_rows(
            _rows()
            .assign(rent=pd.Series([900, 800, "dear", None, 1]))
            .set_index(pd.RangeIndex(5, name="row")),
            _problem(),
        )


def test_a_table_without_any_target_is_not_trained_on() -> None:
    problem = _problem()
    valid = check_rows(raw_flats_rows().assign(rent=None), problem).valid
    assert list(unmet_needs(valid, problem)) == ["target rent: no row has a value"]


def test_rows_without_a_target_may_be_dropped_whatever_else_is_wrong_with_them() -> None:
    rows = _rows()
    rows.loc[1, "rooms"] = 99
    checked = check_rows(rows, _problem("{without_target: true}"))
    assert str(checked) == "3 valid rows, 0 bad; 2 rows dropped: without a target"
    page = data_sheet_html(_problem(), checked, "0" * 64, "flats.csv")
    assert "2 rows dropped: without a target." in page


@pytest.mark.parametrize(
    ("rule", "rents", "said"),
    [
        ("first", {900.0}, "2 rows dropped: not the first row of its id and listed"),
        ("last", {950.0}, "2 rows dropped: not the last row of its id and listed"),
    ],
)
def test_of_rows_of_one_key_and_time_the_first_or_last_stays(
    rule: str, rents: set[float], said: str
) -> None:
    checked = check_rows(_two_of_key_3(), _problem(f"{{duplicates: {rule}}}"))
    assert str(checked) == f"5 valid rows, 0 bad; {said}"
    assert set(checked.valid.loc[checked.valid["id"] == 3, "rent"]) == rents


def test_only_rows_that_are_wholly_the_same_may_be_dropped() -> None:
    rows = _two_of_key_3().iloc[:6]
    checked = check_rows(rows, _problem("{duplicates: identical}"))
    assert str(checked) == "5 valid rows, 0 bad; 1 row dropped: identical to an earlier row"
    with pytest.raises(UserError, match=r"2 of 7 rows are bad.*\n.*other values than another row"):
        check_rows(_two_of_key_3(), _problem("{duplicates: identical}"))


def test_nothing_is_said_where_all_rows_have_a_target() -> None:
    checked: CheckedRows = check_rows(raw_flats_rows(), _problem())
    assert str(checked) == "5 valid rows, 0 bad"
    assert str(checked.valid["rent"].dtype) == "float64"


COMPOSITE = NO_TARGETS_ARE_BAD.replace("key: id", "key: [district, id]")
NO_KEY = NO_TARGETS_ARE_BAD.replace("key: id\n", "").replace(f"views: {VIEW}", "views: {}")
TIMELESS = (
    COMPOSITE.replace("timestamp: listed\n", "")
    .replace(f"views: {VIEW}", "views: {}")
    .replace("{validation_from: 2024-03-01, holdout_from: 2024-04-01}", "{kind: random}")
)


@pytest.mark.parametrize(
    ("text", "identity"),
    [(COMPOSITE, "district, id and listed"), (TIMELESS, "district and id")],
    ids=["with times", "timeless"],
)
@pytest.mark.parametrize(("rule", "rent"), [("first", 900.0), ("last", 950.0)])
def test_a_key_of_several_columns_identifies_rows_by_all_of_them(
    text: str, identity: str, rule: str, rent: float
) -> None:
    rows = _two_of_key_3()
    # The same id in the other district is another row.
    elsewhere = rows.iloc[[0]].assign(district="south", rent=999)
    rows = pd.concat([rows, elsewhere], ignore_index=True)
    problem = parse_problem(f"{text}\ndrop: {{duplicates: {rule}}}\n")
    checked = check_rows(rows, problem)
    said = f"not the {rule} row of its {identity}"
    assert str(checked) == f"6 valid rows, 0 bad; 2 rows dropped: {said}"
    assert sorted(checked.valid.loc[checked.valid["id"] == 3, "rent"]) == [rent, 999.0]


def test_without_a_key_only_rows_that_are_wholly_the_same_can_be_dropped() -> None:
    problem = parse_problem(f"{NO_KEY}\ndrop: {{duplicates: identical}}\n")
    checked = check_rows(_two_of_key_3(), problem)
    assert str(checked) == "6 valid rows, 0 bad; 1 row dropped: identical to an earlier row"
    refused = r"drop\.duplicates: found 'last', but the problem has no key"
    with pytest.raises(UserError, match=refused):
        parse_problem(f"{NO_KEY}\ndrop: {{duplicates: last}}\n")
