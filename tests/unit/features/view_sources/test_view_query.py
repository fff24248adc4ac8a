"""Queries of views: what they yield, and what they cannot read."""

import pandas as pd
import pytest

from homestead.errors import UserError
from homestead.features.views import view_tables
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from tests.problem_text import changed_flats

ROWS = pd.DataFrame(
    {
        "id": [1, 2, 3],
        "listed": pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04"]),
        "rent": [100.0, 200.0, 300.0],
        "area": [10.0, 20.0, 30.0],
        "district": ["north", "south", "north"],
        "lift": pd.array([True, False, None], dtype="boolean"),
    }
)


def problem_with(query: str) -> Problem:
    """Return the problem of flats whose districts are not listed and whose market is a query."""
    return parse_problem(
        changed_flats(
            columns__district={"type": "category"},
            derived__is_north="district == 'north'",
            views__market__query=query,
            features=["area", "district", "is_north", "typical"],
        )
    )


def test_a_query_reads_comparisons_with_categories_that_are_not_listed() -> None:
    problem = problem_with(
        "SELECT block, listed AS event_timestamp,"
        " avg(is_north) OVER (PARTITION BY block) AS typical FROM rows"
    )
    market = view_tables(ROWS, problem)["market"]
    assert market[["block", "typical"]].to_numpy().tolist() == [[1, 1.0], [2, 0.0], [3, 1.0]]


def test_what_is_derived_from_views_is_named() -> None:
    problem = problem_with("SELECT block, listed AS event_timestamp, Premium AS typical FROM rows")
    with pytest.raises(UserError) as error:
        view_tables(ROWS, problem)
    assert str(error.value) == (
        "views.market.query: reads premium, which is derived from a view's features, which no"
        " query knows; compute it in the query"
    )


def test_a_name_that_does_not_exist_is_told_by_duckdb() -> None:
    problem = problem_with("SELECT block, listed AS event_timestamp, no_such AS typical FROM rows")
    with pytest.raises(UserError, match=r'views.market.query: .*"no_such" not found'):
        view_tables(ROWS, problem)


@pytest.mark.parametrize(
    ("query", "found"),
    [("DROP TABLE rows", "DROP"), ("SELECT 1; SELECT 2", "2 statements")],
)
def test_only_one_select_is_run(query: str, found: str) -> None:
    with pytest.raises(UserError, match=f"found {found}, allowed is one SELECT"):
        view_tables(ROWS, problem_with(query))
