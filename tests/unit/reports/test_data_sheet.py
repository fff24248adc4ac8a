"""Data sheets: what came in, for people, without anything from the network."""

import pandas as pd
import pytest

from homestead.data.ingest import check_rows
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.reports.data_sheet import data_sheet_html

PROBLEM = """
name: flats
task: regression
source: flats.csv
key: id
timestamp: listed
target: rent
max_bad_row_share: 0.4
columns:
  id: {type: integer}
  listed: {type: timestamp}
  rent: {type: number, range: [50, 9000]}
  rooms: {type: integer, range: [1, 9]}
  baths: {type: integer, nullable: true}
  district: {type: category, allowed: [north, south]}
  floor: {type: category, allowed: ["0", "1", "2"], nullable: true}
  lift: {type: boolean}
  pets: {type: boolean, nullable: true}
derived:
  size: "rooms * 10 + lift"
  month: "month(listed)"
  trend: "typical - rooms"
views:
  market: {entity: rooms, query: SELECT 1, features: [typical]}
features: [rooms, typical]
candidates: {ridge: {estimator: sklearn.linear_model.Ridge}}
split: {validation_from: 2024-03-01, holdout_from: 2024-04-01}
metric: mae
"""


@pytest.fixture
def problem() -> Problem:
    return parse_problem(PROBLEM)


@pytest.fixture
def rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": [3, 1, 2, 4, 5],
            "listed": [
                *("2024-05-03", "2024-01-01T10:00:00Z", "2024-02-01", "2024-03-01"),
                "2024-04-01 12:30",
            ],
            "rent": [900, 800.5, 1000, 700, 650],
            "rooms": [3, 2, 4, 1, 2],
            "baths": [1, None, 2, 1, 1],
            "district": ["north", "south", "north", "south", "north"],
            "floor": [1.0, None, 2.0, 0.0, 1.0],
            "lift": ["yes", "no", "TRUE", "0", "1"],
            "pets": [True, None, False, None, True],
            "agent": ["x"] * 5,
        }
    )


def test_the_data_sheet_describes_the_rows_and_hides_the_path(
    problem: Problem, rows: pd.DataFrame
) -> None:
    rows.loc[2, "district"] = "<west>"
    checked = check_rows(rows, problem)
    page = data_sheet_html(problem, checked, "f00d" * 16, "/private/place/flats.csv")
    assert "f00d" * 16 in page
    assert "/private/place" not in page
    assert "district: found &#39;&lt;west&gt;&#39;, allowed are north, south" in page
    assert page.count('<img class="figure" src="data:image/') == 3
    assert "month(listed)" in page
    assert "from feature views, not computed yet" in page  # trend
    for outside in ("http://", "https://", "<script"):
        assert outside not in page


def test_a_classification_and_an_empty_split_are_shown(rows: pd.DataFrame) -> None:
    text = PROBLEM.replace("regression", "classification").replace(
        "target: rent", "target: district"
    )
    text = text.replace("Ridge", "LogisticRegression").replace("metric: mae", "metric: log_loss")
    problem = parse_problem(text.replace("holdout_from: 2024-04-01", "holdout_from: 2030-04-01"))
    page = data_sheet_html(problem, check_rows(rows, problem), "0", "s3://bucket/flats.csv")
    assert "s3://bucket/flats.csv" in page
    assert "Most frequent district" in page
    assert "None: every row meets the rules of the problem file" in page
