"""The split of rows: by time, by share, and by a column."""

import numpy as np
import pandas as pd
import pytest

from homestead.errors import UserError
from homestead.problem.split import (
    HOLDOUT,
    SPLIT_NAMES,
    TRAIN,
    VALIDATION,
    describe_times,
    split_names,
    with_split,
)
from tests.split_problem import COLUMNS
from tests.split_problem import split_problem as problem
from tests.split_problem import split_rows as table


def shares(parts: np.ndarray) -> dict[str, float]:
    return {name: round(float((parts == name).mean()), 3) for name in SPLIT_NAMES}


@pytest.mark.parametrize(
    ("validation_from", "holdout_from"),
    [("2024-03-01", "2024-04-01T12:00"), ("2024-03-01T01:00+01:00", "2024-04-01 13:00+01:00")],
)
def test_a_time_belongs_to_the_part_that_begins_with_it(
    validation_from: str, holdout_from: str
) -> None:
    times = ["2024-02-29 23:59:59.999999", "2024-03-01", "2024-04-01 11:59", "2024-04-01 12:00"]
    rows = pd.DataFrame({"day": pd.to_datetime(times, format="ISO8601")})
    by_time = problem({"validation_from": validation_from, "holdout_from": holdout_from})
    expected = [TRAIN, VALIDATION, VALIDATION, HOLDOUT]
    assert split_names(rows, by_time).tolist() == expected
    assert split_names(rows.astype("datetime64[us]"), by_time).tolist() == expected
    assert split_names(rows[:0], by_time).shape == (0,)


def test_relative_times_are_counted_from_the_end_and_part_no_moment() -> None:
    rows = table()
    parts = split_names(rows, problem({"validation_from": "last 30%", "holdout_from": "last 10%"}))
    assert shares(parts) == {TRAIN: 0.7, VALIDATION: 0.2, HOLDOUT: 0.1}
    split = {"validation_from": "last 2 days", "holdout_from": "last 30 hours"}
    parts = split_names(rows, problem(split))
    newest = rows.day.max()
    assert rows.day[parts == HOLDOUT].min() == newest - pd.Timedelta("30h")
    assert rows.day[parts == VALIDATION].min() == newest - pd.Timedelta("2D")
    split = {"validation_from": "last 30.01%", "holdout_from": "last 10.09%"}
    moved = pd.Series(split_names(rows, problem(split)))
    assert (moved.groupby(rows.day).nunique() == 1).all()


def test_added_rows_their_order_and_their_types_move_no_row_of_a_random_split() -> None:
    rows, drawn = table(), problem({"kind": "random", "validation": 0.2, "holdout": 0.1})
    parts = pd.Series(split_names(rows, drawn), index=rows.id)
    assert shares(parts.to_numpy()) == pytest.approx(
        {TRAIN: 0.7, VALIDATION: 0.2, HOLDOUT: 0.1}, abs=0.03
    )
    some = rows.sample(1000, random_state=1)
    assert (split_names(some, drawn) == parts[some.id]).all()
    as_numbers = rows.astype({"id": float, "shop": float})
    assert (split_names(as_numbers, drawn) == parts.to_numpy()).all()
    others = split_names(rows, problem({"kind": "random", "seed": 1}))
    assert (others == parts.to_numpy()).mean() < 0.7


def test_rows_without_a_key_are_drawn_by_their_content() -> None:
    rows = table()
    drawn = problem({"kind": "random"}, key=None, timestamp=None)
    columns = dict(reversed(COLUMNS.items()))
    reordered = problem({"kind": "random"}, key=None, timestamp=None, columns=columns)
    parts = split_names(rows, drawn)
    assert (split_names(rows, reordered) == parts).all()
    twice = pd.concat([rows, rows], ignore_index=True)
    assert (split_names(twice, drawn) == [*parts, *parts]).all()


def test_a_stratified_split_has_the_shares_in_each_class_and_a_rare_one_in_train() -> None:
    rows = table()
    parts = split_names(rows, problem({"kind": "stratified", "validation": 0.2, "holdout": 0.1}))
    for kind in ("a", "b", "c"):
        assert shares(parts[rows.kind == kind]) == pytest.approx(
            {TRAIN: 0.7, VALIDATION: 0.2, HOLDOUT: 0.1}, abs=0.03
        )
    few = rows.groupby("kind").head(1)
    assert set(split_names(few, problem({"kind": "stratified"}))) == {TRAIN}
    by_number = problem({"kind": "stratified", "column": "x"})
    parts = split_names(rows, by_number)
    lowest = (rows.x < rows.x.quantile(0.1)).to_numpy()
    assert shares(parts[lowest]) == pytest.approx({TRAIN: 0.6, VALIDATION: 0.2, HOLDOUT: 0.2})


def test_no_group_is_in_two_parts_and_rows_without_one_are_drawn_alone() -> None:
    rows = table()
    grouped = problem({"kind": "grouped", "column": "shop"})
    parts = pd.Series(split_names(rows, grouped))
    assert (parts.groupby(rows["shop"]).nunique() == 1).all()
    assert set(parts) == set(SPLIT_NAMES)
    rows.loc[:999, "shop"] = pd.NA
    with_missing = pd.Series(split_names(rows, grouped))
    assert (with_missing[1000:] == parts[1000:]).all()
    assert set(with_missing[:1000]) == set(SPLIT_NAMES)


def test_a_column_says_the_part() -> None:
    rows = table()
    split = {"kind": "column", "column": "part", "train": "fit", "validation": ["tune"]}
    parts = split_names(rows, problem({**split, "holdout": ["test"]}))
    assert (
        pd.Series(parts).map({TRAIN: "fit", VALIDATION: "tune", HOLDOUT: "test"}) == rows.part
    ).all()
    columns = {**COLUMNS, "part": {"type": "integer"}}
    numbered = {"kind": "column", "column": "part", "train": [0, 1], "validation": 2, "holdout": 3}
    by_number = problem(numbered, columns=columns)
    rows["part"] = np.arange(len(rows)) % 4
    assert split_names(rows, by_number)[:4].tolist() == [TRAIN, TRAIN, VALIDATION, HOLDOUT]
    rows.loc[7, "part"] = 9
    with pytest.raises(UserError, match=r"split.column: part holds 9, which is in none of .* 0, 1"):
        split_names(rows, by_number)


def test_a_source_may_have_the_split_in_a_column_of_that_name() -> None:
    columns = {**COLUMNS, "split": {"type": "category", "allowed": list(SPLIT_NAMES)}}
    stated = problem({"kind": "column", "column": "split"}, columns=columns)
    rows = table(3).assign(split=list(SPLIT_NAMES))
    assert split_names(rows, stated).tolist() == list(SPLIT_NAMES)


def test_the_times_of_a_split_are_told_as_they_are_for_the_rows() -> None:
    rows = table(1000)
    relative = problem({"validation_from": "last 20%", "holdout_from": "last 10%"})
    assert describe_times(rows, relative) == ("2024-01-04 08:00:00", "2024-01-04 18:00:00")
    dates = problem({"validation_from": "2024-01-02", "holdout_from": "2024-01-03T06:30"})
    assert describe_times(rows, dates) == ("2024-01-02", "2024-01-03 06:30:00")
    assert describe_times(rows, problem({"kind": "random"})) is None


def test_each_row_has_its_part_in_a_column() -> None:
    rows, drawn = table(100), problem({"kind": "random"})
    assert with_split(rows, drawn)["split"].tolist() == split_names(rows, drawn).tolist()
    assert "split" not in rows
