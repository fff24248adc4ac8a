"""Encoding: from tables to the numbers that models use."""

import math

import numpy as np
import pandas as pd
import pytest

from homestead.problem.contract import Contract
from homestead.problem.encoding import (
    add_derived_columns,
    encode_columns,
    feature_matrix,
    needed_columns,
    target_values,
)
from homestead.problem.learnt import resolve_problem
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem

PROBLEM = """
name: flats
task: regression
source: flats.csv
key: id
timestamp: listed
target: rent
columns:
  id: {type: integer}
  listed: {type: timestamp}
  rent: {type: integer}
  area: {type: number, nullable: true}
  rooms: {type: integer, nullable: true}
  district: {type: category, allowed: [south, north], nullable: true}
  lift: {type: boolean}
  pets: {type: boolean, nullable: true}
derived:
  block: "floor(area / 10)"
  dear: "typical > area"
  very: "dear + 1"
views:
  market: {entity: block, query: SELECT 1, features: [typical]}
features: [very, district, lift, pets, area, listed, typical, block]
candidates: {ridge: {estimator: sklearn.linear_model.Ridge}}
split: {validation_from: 2024-03-01, holdout_from: 2024-04-01}
metric: mae
"""


@pytest.fixture
def problem() -> Problem:
    return parse_problem(PROBLEM)


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": [1, 2, 3],
            "listed": pd.to_datetime(
                ["1970-01-01", "1970-01-02T00:00:01.5", "2024-02-29"], format="ISO8601"
            ),
            "rent": [700, 800, 900],
            "area": [41.0, None, 29.9],
            "rooms": pd.array([1, None, 3], dtype="Int64"),
            "district": ["north", None, "south"],
            "lift": [True, False, True],
            "pets": pd.array([True, None, False], dtype="boolean"),
            "agent": ["x", "y", "z"],
        }
    )


def test_each_type_becomes_a_number(problem: Problem, frame: pd.DataFrame) -> None:
    numbers = encode_columns(frame, problem)
    nan = math.nan
    expected = {
        "id": [1, 2, 3],
        "listed": [0, 86401.5, 1709164800],
        "rent": [700, 800, 900],
        "area": [41, nan, 29.9],
        "rooms": [1, nan, 3],
        "district": [1, nan, 0],
        "lift": [1, 0, 1],
        "pets": [1, nan, 0],
        "block": [4, nan, 2],
    }
    assert numbers.keys() == expected.keys()  # no text, nothing that needs a view's feature
    for name, values in expected.items():
        assert numbers[name].dtype == np.float64
        np.testing.assert_array_equal(numbers[name], values, name)


def test_a_time_zone_does_not_change_a_time(problem: Problem, frame: pd.DataFrame) -> None:
    plain = encode_columns(frame, problem)["listed"]
    local = frame.assign(listed=frame["listed"].dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"))
    np.testing.assert_array_equal(encode_columns(local, problem)["listed"], plain)
    texts = frame.assign(listed=["1970-01-01", "1970-01-02T00:00:01.5Z", "2024-02-29T09:00+09:00"])
    np.testing.assert_array_equal(encode_columns(texts, problem)["listed"], plain)


def test_a_derived_column_appears_once_its_inputs_are_known(
    problem: Problem, frame: pd.DataFrame
) -> None:
    assert [c for c in add_derived_columns(frame, problem) if c not in frame] == ["block"]
    later = add_derived_columns(frame.assign(typical=[50.0, 50.0, 10.0]), problem)
    assert later["dear"].tolist() == [1, 0, 0]
    assert later["very"].tolist() == [2, 1, 1]


def test_the_matrix_is_in_the_contracts_order(problem: Problem, frame: pd.DataFrame) -> None:
    contract = Contract.from_problem(problem)
    frame = frame.assign(typical=[50.0, np.nan, 10.0])
    matrix = feature_matrix(frame, contract)
    assert matrix.dtype == np.float64
    np.testing.assert_array_equal(
        matrix,
        [
            [2, 1, 1, 1, 41, 0, 50, 4],
            [1, math.nan, 0, math.nan, math.nan, 86401.5, math.nan, math.nan],
            [1, 0, 1, 0, 29.9, 1709164800, 10, 2],
        ],
    )


def test_the_matrix_is_the_same_from_raw_derived_and_stored_rows(
    problem: Problem, frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> None:
    contract = Contract.from_problem(problem)
    frame = frame.assign(typical=[50.0, np.nan, 10.0])
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    add_derived_columns(frame, problem).to_parquet(path)
    for same in (
        add_derived_columns(frame, problem),
        pd.read_parquet(path),
        frame.drop(columns="rent"),
    ):
        np.testing.assert_array_equal(
            feature_matrix(same, contract), feature_matrix(frame, contract)
        )


def test_a_stored_derived_value_is_computed_anew(problem: Problem, frame: pd.DataFrame) -> None:
    frame = frame.assign(typical=1.0, block=99.0)
    assert feature_matrix(frame, Contract.from_problem(problem))[:, -1][0] == 4


def test_a_feature_without_inputs_is_an_error(problem: Problem, frame: pd.DataFrame) -> None:
    with pytest.raises(KeyError, match="very"):
        feature_matrix(frame, Contract.from_problem(problem))


def test_no_rows_give_a_matrix_without_rows(problem: Problem, frame: pd.DataFrame) -> None:
    none = frame.assign(typical=1.0).head(0)
    assert feature_matrix(none, Contract.from_problem(problem)).shape == (0, 8)


def test_a_category_that_is_not_allowed_is_missing(problem: Problem, frame: pd.DataFrame) -> None:
    frame["district"] = ["west", "north", "south"]
    np.testing.assert_array_equal(encode_columns(frame, problem)["district"], [math.nan, 1, 0])


def test_targets_are_numbers_or_class_codes(problem: Problem, frame: pd.DataFrame) -> None:
    assert target_values(frame, problem).tolist() == [700.0, 800.0, 900.0]
    text = PROBLEM.replace("task: regression", "task: classification")
    text = text.replace("target: rent", "target: area").replace("mae", "log_loss")
    text = text.replace(
        "area: {type: number, nullable: true}", "area: {type: category, allowed: [s, l]}"
    )
    text = text.replace("floor(area / 10)", "rooms").replace("typical > area", "typical > 1")
    text = text.replace("pets, area,", "pets,").replace("Ridge", "LogisticRegression")
    classes = target_values(frame.assign(area=["l", "s", "l"]), parse_problem(text))
    assert classes.dtype == np.int64
    assert classes.tolist() == [1, 0, 1]


def test_texts_are_compared_before_and_after_a_category_is_learnt(frame: pd.DataFrame) -> None:
    text = PROBLEM.replace("  lift:", "  agent: {type: text}\n  plan: {type: category}\n  lift:")
    problem = parse_problem(
        text.replace('very: "dear + 1"', "very: \"agent in ('x', 'z') and plan != 'pro'\"")
    )
    plans = pd.Series(["pro", "free", None], dtype=object)
    rows = frame.assign(plan=plans, typical=0.0, split="train")
    assert add_derived_columns(rows, problem).very.tolist() == [0, 0, 1]
    resolved = resolve_problem(problem, rows)
    assert resolved.columns["plan"].allowed
    contract = Contract.from_problem(resolved)
    assert feature_matrix(rows, contract)[:, 0].tolist() == [0, 0, 1]
    # A value that train lacks equals no text, not even its own.
    other = parse_problem(text.replace('very: "dear + 1"', "very: \"plan == 'team'\""))
    contract = Contract.from_problem(resolve_problem(other, rows))
    served = rows.assign(plan=pd.Series(["team", "pro", None], dtype=object))
    assert feature_matrix(served, contract)[:, 0].tolist() == [0, 0, 0]


def test_the_matrix_holds_the_numbers_of_each_column(problem: Problem, frame: pd.DataFrame) -> None:
    rows = frame.loc[np.arange(3000) % 3].reset_index(drop=True)
    rows["typical"] = np.linspace(0, 90, 3000)
    numbers = encode_columns(rows, problem)
    X = feature_matrix(rows, Contract.from_problem(problem))
    assert (X.shape, X.flags.c_contiguous) == ((3000, len(problem.features)), True)
    for place, name in enumerate(problem.features):
        np.testing.assert_array_equal(X[:, place], numbers[name])


def test_a_feature_that_is_nowhere_is_named(problem: Problem, frame: pd.DataFrame) -> None:
    with pytest.raises(KeyError, match="very"):  # it needs the view's feature
        feature_matrix(frame, Contract.from_problem(problem))


def test_columns_are_needed_with_what_their_expressions_read() -> None:
    derived = {"a": "b + c", "c": "log(d)", "e": "f"}
    assert needed_columns(["a", "x"], derived) == {"a", "b", "c", "d", "x"}
