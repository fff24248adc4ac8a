"""Tables of feature views: keys, event times, order, and what a wrong query says."""

import pandas as pd
import pytest

from homestead.data.ingest import ingest
from homestead.errors import UserError
from homestead.features.views import is_text_entity, view_tables
from homestead.problem.schema import Problem
from tests.factories import flats_problem


@pytest.fixture(scope="module")
def valid(churn: Problem) -> pd.DataFrame:
    return ingest(churn).valid


def with_query(problem: Problem, query: str) -> Problem:
    view = problem.views["region_trouble"].model_copy(update={"query": query})
    return problem.model_copy(update={"views": {**problem.views, "region_trouble": view}})


def test_tables_hold_keys_event_times_and_features_in_the_order_of_time(
    valid: pd.DataFrame, churn: Problem
) -> None:
    tables = view_tables(valid, churn)
    assert list(tables) == list(churn.views)
    for name, view in churn.views.items():
        table = tables[name]
        assert list(table) == [view.entity, "event_timestamp", *view.names]
        assert str(table.event_timestamp.dtype) == "datetime64[us, UTC]"
        assert table.event_timestamp.is_monotonic_increasing
        assert (table[list(view.names)].dtypes == "float64").all()
        assert table[view.entity].dtype == "int64"


def test_rows_of_a_query_without_a_key_are_left_out(valid: pd.DataFrame, churn: Problem) -> None:
    query = """
        SELECT * FROM (VALUES (7.0, TIMESTAMP '2024-02-02', 0.5), (NULL, TIMESTAMP '2024-02-01', 1))
        AS t(region, event_timestamp, trouble)
    """
    table = view_tables(valid, with_query(churn, query))["region_trouble"]
    assert table[["region", "trouble"]].to_dict("records") == [{"region": 7, "trouble": 0.5}]


def test_keys_of_a_category_are_text() -> None:
    flats = flats_problem()
    view = flats.views["flat"].model_copy(update={"entity": "district"})
    by_district = flats.model_copy(update={"views": {"flat": view}})
    rows = pd.DataFrame(
        {
            "id": [1, 2],
            "day": pd.to_datetime(["2024-01-02", "2024-01-01"]),
            "rent": [1.0, 2.0],
            "area": [1.0, 2.0],
            "floor": [1.0, None],
            "age": [3.0, 4.0],
            "district": ["west", None],
            "lift": [True, False],
        }
    )
    assert is_text_entity(by_district, "district")
    assert not is_text_entity(by_district, "id")
    assert view_tables(rows, by_district)["flat"].district.tolist() == ["west"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT nothing FROM rows", r"views\.region_trouble\.query: .*nothing"),
        (
            "SELECT region, 0.5 AS trouble FROM rows",
            "yields no column event_timestamp; found region, trouble",
        ),
    ],
)
def test_a_wrong_query_names_its_view(
    valid: pd.DataFrame, churn: Problem, query: str, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        view_tables(valid, with_query(churn, query))
