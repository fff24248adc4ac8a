"""Tables of views: order, equal rows once, different rows of one time, over batches and buckets."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from homestead.engine import buckets
from homestead.engine.limits import connect
from homestead.errors import UserError
from homestead.features.view_sources.typed_view import has_ties, view_schema, write_in_order
from homestead.features.views import compute_views, view_tables
from homestead.problem.schema import Problem
from tests.bucketed import use_small_buckets, visits_problem, visits_rows, write_visits


def with_totals(query: str) -> Problem:
    """Return the problem with another query by town."""
    problem = visits_problem()
    totals = problem.views["totals"].model_copy(update={"query": query})
    return problem.model_copy(update={"views": {"totals": totals}})


def test_ties_are_found_between_neighbours_only() -> None:
    assert not has_ties(pa.table({"key": ["a"], "time": [1]}))
    assert not has_ties(pa.table({"key": ["a", "b", "b"], "time": [1, 1, 2]}))
    assert has_ties(pa.table({"key": ["a", "b", "b"], "time": [1, 2, 2]}))


def test_rows_that_differ_by_the_sign_of_zero_or_by_kinds_of_null_are_one(tmp_path: Path) -> None:
    problem = with_totals("SELECT 1")
    schema = view_schema(problem.views["totals"], problem)
    assert schema.names[2:] == ["town_sales"]
    written = []
    for values in ("(0.0), (-0.0)", "(-0.0), (0.0)", "('nan'::DOUBLE), (NULL)"):
        path = tmp_path / "view.parquet"
        with connect(purpose="test") as connection:
            query = (
                "SELECT 'a' AS c0, TIMESTAMP '2024-01-01' + i * INTERVAL 1 HOUR AS c1, v AS c2"  # noqa: S608
                f" FROM range(500) AS t(i), (VALUES {values}) AS s(v)"
            )
            assert not write_in_order(connection, query, schema, path)
        written.append(pq.read_table(path).column("town_sales").to_pylist())
    assert [str(value) for value in written[0]] == ["0.0"] * 500
    assert [str(value) for value in written[1]] == ["0.0"] * 500
    assert written[2] == [None] * 500


@pytest.mark.parametrize("rows_per_bucket", [250_000, 300])
def test_rows_of_one_time_are_counted_over_all_buckets(
    monkeypatch: pytest.MonkeyPatch, rows_per_bucket: int
) -> None:
    use_small_buckets(monkeypatch, rows=rows_per_bucket)
    rows = visits_rows(2000)
    problem = with_totals("SELECT town, day AS event_timestamp, sales AS town_sales FROM rows")
    known = rows[rows.town.notna()]
    sizes = known.groupby(["day", "town"]).size()
    tied = sizes[sizes > 1]
    (time, town), size = tied.index[0], tied.iloc[0]
    with pytest.raises(UserError) as raised:
        view_tables(rows, problem)
    assert str(raised.value) == (
        f"views.totals.query: found {size} different rows of town {town} at {time}, allowed is one,"
        f" because which of them is the latest is undecided; {len(tied)} times of an entity are"
        " affected. Aggregate them in a query, or select one by an order without ties"
    )


@pytest.mark.parametrize("rows_per_bucket", [250_000, 300])
def test_equal_rows_count_once_and_a_number_that_is_none_is_null(
    monkeypatch: pytest.MonkeyPatch, rows_per_bucket: int
) -> None:
    use_small_buckets(monkeypatch, rows=rows_per_bucket)
    rows = visits_rows(2000)
    query = "SELECT town, day AS event_timestamp, 'nan'::DOUBLE AS town_sales FROM rows"
    table = view_tables(rows, with_totals(query))["totals"]
    expected = rows[rows.town.notna()].drop_duplicates(["day", "town"])
    assert len(table) == len(expected)
    assert table.town_sales.isna().all()
    assert not table.duplicated(["town", "event_timestamp"]).any()
    ordered = table.sort_values(["event_timestamp", "town"], kind="stable", ignore_index=True)
    pd.testing.assert_frame_equal(table, ordered)


def test_a_view_of_columns_is_put_in_order_where_its_entity_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "BATCH_ROWS", 100)
    problem = visits_problem()
    own = problem.views["own"].model_copy(update={"entity": "shop"})
    problem = problem.model_copy(update={"views": {"own": own}})
    rows = visits_rows(1000)
    rows = rows.drop_duplicates(["day", "shop"], ignore_index=True)
    rows["shop"] = rows.shop.sample(frac=1, random_state=0).to_numpy()
    rows = rows.drop_duplicates(["day", "shop"], ignore_index=True)
    compute_views(write_visits(tmp_path, rows), tmp_path, problem)
    table = pd.read_parquet(tmp_path / "own.parquet")
    expected = rows[rows.shop.notna()].sort_values(["day", "shop"], kind="stable")
    assert table.shop.tolist() == expected.shop.tolist()
    np.testing.assert_array_equal(table.visits, expected.visits)
