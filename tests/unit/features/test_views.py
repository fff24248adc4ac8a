"""Tables of feature views: keys, event times, order, and what a wrong query says."""

import hashlib
from typing import Any

import numpy as np
import pandas as pd
import pytest

from homestead.data.ingest import ingest
from homestead.errors import UserError
from homestead.features.duckdb_tables import is_text_entity
from homestead.features.views import view_tables
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
        (
            "SELECT region, region, day AS event_timestamp, 0.5 AS trouble FROM rows",
            "yields two columns region",
        ),
        (
            "SELECT region, day::VARCHAR AS event_timestamp, 0.5 AS trouble FROM rows",
            "event_timestamp is varchar, allowed is a timestamp",
        ),
        (
            "SELECT region, day AS event_timestamp, plan AS trouble FROM rows",
            "trouble is varchar, allowed is a number",
        ),
        ("SELECT region, day AS event_timestamp, 1 AS trouble FROM valid", "valid does not exist"),
        ("SELECT 1; SELECT 2", "found 2 statements, allowed is one SELECT"),
        ("-- nothing", "found 0 statements, allowed is one SELECT"),
        ("CREATE TABLE t (a INTEGER)", "found CREATE, allowed is one SELECT"),
        ("COPY rows TO 'rows.csv'", "found COPY, allowed is one SELECT"),
        ("ATTACH 'other.db'", "found ATTACH, allowed is one SELECT"),
        ("PRAGMA database_list", "found PRAGMA, allowed is one SELECT"),
        ("SET threads = 8", "found SET, allowed is one SELECT"),
        ("INSTALL httpfs", "found LOAD, allowed is one SELECT"),
        ("CALL pragma_version()", "found CALL, allowed is one SELECT"),
        ("EXPORT DATABASE 'copy'", "found EXPORT, allowed is one SELECT"),
        ("SELECT * FROM 'data.csv'", "views.region_trouble.query: .*disabled"),
        ("SELECT * FROM read_text('/proc/self/environ')", "disabled by configuration"),
        ("SELECT * FROM read_csv('https://example.com/a.csv')", "disabled|needs to be loaded"),
        ("SELECT * FROM glob('/*')", "disabled by configuration"),
        ("SELECT * FROM enable_logging()", "the configuration has been locked"),
        ("SELECT getenv('HOME')", "getenv does not exist"),
        ("SELECT * FROM pandas_scan(1)", "No function matches"),
        ("SELECT * FROM query_table('data.csv')", "disabled by configuration"),
        (
            "SELECT region * 1e16 AS region, day AS event_timestamp, 1 AS trouble FROM rows",
            "region is a double of up to .*, allowed is at most 9007199254740992",
        ),
    ],
)
def test_a_wrong_query_names_its_view_and_the_reason(
    valid: pd.DataFrame, churn: Problem, query: str, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        view_tables(valid, with_query(churn, query))


def test_a_query_without_end_is_interrupted(
    valid: pd.DataFrame, churn: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homestead.features.views._QUERY_TIMEOUT_S", 0.2)
    query = "WITH RECURSIVE t AS (SELECT 1 AS a UNION ALL SELECT a FROM t) SELECT * FROM t"
    with pytest.raises(UserError, match=r"region_trouble\.query: took longer than 0.2 s"):
        view_tables(valid, with_query(churn, query))


def shops(**columns: Any) -> pd.DataFrame:
    """Return six rows of two customers on three days, one region."""
    days = ["2024-01-01", "2024-01-01", "2024-01-02", "2024-01-02", "2024-01-03", "2024-01-03"]
    frame = pd.DataFrame(
        {
            "customer": [1, 2, 1, 2, 1, 2],
            "day": pd.to_datetime(days).astype("datetime64[us]"),
            "plan": "basic",
            "months": 3,
            "satisfaction": [1.0, 2.0, 3.0, 3.0, None, None],
            "region": 7,
            "paperless": True,
            "outcome": "left",
        }
    )
    return frame.assign(**columns)


@pytest.mark.parametrize(
    ("columns", "query", "key"),
    [
        ((), "SELECT region, day AS event_timestamp, satisfaction AS trouble FROM rows", "query"),
        (("satisfaction",), "", "columns"),
    ],
)
def test_two_rows_of_an_entity_at_one_time_are_refused_by_name(
    churn: Problem, columns: tuple[str, ...], query: str, key: str
) -> None:
    view = churn.views["region_trouble"].model_copy(update={"query": query, "columns": columns})
    problem = churn.model_copy(update={"views": {"region_trouble": view}})
    message = (
        rf"views\.region_trouble\.{key}: found 2 different rows of region 7 at"
        r" 2024-01-01 00:00:00, allowed is one.*1 times of an entity"
    )
    with pytest.raises(UserError, match=message):
        view_tables(shops(), problem)
    once = shops(satisfaction=[1.0, 1.0, 3.0, 3.0, None, None])
    table = view_tables(once, problem)["region_trouble"]
    # Rows that are equal throughout, missing values too, are no contradiction.
    assert len(table) == 3
    assert table.iloc[:2, 2].tolist() == [1.0, 3.0]


def test_keys_are_exact_and_none_where_they_are_missing(churn: Problem) -> None:
    query = "SELECT customer + 1152921504606846976 AS region, day AS event_timestamp, 1 AS trouble"
    query += " FROM rows UNION ALL SELECT NULL, TIMESTAMP '2024-01-01', 1"
    table = view_tables(shops(), with_query(churn, query))["region_trouble"]
    assert set(table.region) == {2**60 + 1, 2**60 + 2}


def test_sums_of_hugeint_and_numbers_with_decimals_are_features(churn: Problem) -> None:
    query = "SELECT region, day AS event_timestamp, sum(months) + 0.5 AS trouble FROM rows"
    table = view_tables(shops(), with_query(churn, query + " GROUP BY ALL; -- by day"))
    assert table["region_trouble"].trouble.tolist() == [6.5, 6.5, 6.5]


def test_the_same_rows_in_any_order_give_the_same_bytes(churn: Problem) -> None:
    draw = np.random.default_rng(1)
    count = 2 * 122_880  # row groups that DuckDB would share out among threads
    rows = pd.DataFrame(
        {
            "customer": np.arange(count),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(count) // 1000, "h"),
            "plan": "basic",
            "months": 3,
            "satisfaction": draw.normal(size=count) * 10.0 ** draw.integers(-8, 8, count),
            "region": draw.integers(0, 5, count),
            "paperless": True,
            "outcome": "left",
        }
    ).astype({"day": "datetime64[us]"})
    # A sum, whose last bits depend on its order, and a window that is ordered by a time with ties.
    query = """
        SELECT region, day AS event_timestamp, sum(satisfaction) + max(running) AS trouble
        FROM (SELECT *, sum(satisfaction) OVER (PARTITION BY region ORDER BY day ROWS 50 PRECEDING)
              AS running FROM rows)
        GROUP BY region, day
    """
    problem = with_query(churn, query)
    views = {"region_trouble": problem.views["region_trouble"]}
    problem = problem.model_copy(update={"views": views})
    digests = set()
    for table in (rows, rows, rows.sample(frac=1, random_state=2)):
        values = view_tables(table, problem)["region_trouble"].trouble
        digests.add(hashlib.sha256(values.to_numpy().tobytes()).hexdigest())
    assert len(digests) == 1
