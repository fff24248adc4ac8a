"""Data sheets: what came in, for people, without anything from the network."""

import pandas as pd
import pytest

from homestead.data.ingest import check_rows
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.reports.data.data_sheet import data_sheet_html
from tests.raw_flats import RAW_FLATS, raw_flats_rows
from tests.report_pages import plot_count


@pytest.fixture
def problem() -> Problem:
    return parse_problem(RAW_FLATS)


@pytest.fixture
def rows() -> pd.DataFrame:
    return raw_flats_rows()


def test_the_data_sheet_describes_the_rows_and_hides_the_path(
    problem: Problem, rows: pd.DataFrame
) -> None:
    rows.loc[2, "district"] = "<west>"
    checked = check_rows(rows, problem)
    page = data_sheet_html(problem, checked, "f00d" * 16, "/private/place/flats.csv")
    assert "f00d" * 16 in page
    assert "/private/place" not in page
    assert "district: found &#39;&lt;west&gt;&#39;, allowed are north, south" in page
    assert plot_count(page) == 3
    assert "month(listed)" in page
    assert "from feature views, not computed yet" in page  # trend
    for outside in ("http://", "https://", "<script"):
        assert outside not in page


def test_a_classification_and_an_empty_split_are_shown(rows: pd.DataFrame) -> None:
    text = RAW_FLATS.replace("regression", "classification").replace(
        "target: rent", "target: district"
    )
    text = text.replace("Ridge", "LogisticRegression").replace("metric: mae", "metric: log_loss")
    problem = parse_problem(text.replace("holdout_from: 2024-04-01", "holdout_from: 2030-04-01"))
    page = data_sheet_html(problem, check_rows(rows, problem), "0", "s3://bucket/flats.csv")
    assert "s3://bucket/flats.csv" in page
    assert "Most frequent district" in page
    assert "None: every row meets the rules of the problem file" in page
