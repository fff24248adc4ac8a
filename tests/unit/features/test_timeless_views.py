"""Views of a problem without time stamps: what an entity has, joined and served by its key."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from homestead.data.ingest import check_rows
from homestead.errors import UserError
from homestead.features.materialize import materialize
from homestead.features.training_set import training_set
from homestead.features.views import view_tables, write_views
from homestead.problem.contract import Contract
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.serving.errors import RefusedError
from homestead.settings import Settings
from tests.homes import NOW, HomesResolver, resolve
from tests.online import read_views

TEXT = """
name: shops
task: regression
source: shops.csv
key: shop
target: sales
columns:
  shop: {type: text}
  town: {type: integer, nullable: true}
  area: {type: number}
  staff: {type: integer}
  sales: {type: number, nullable: true}
views:
  own: {entity: shop, columns: [area, staff, town], missing: refuse}
  towns:
    entity: town
    query: SELECT town, avg(area) AS mean_area, count(*) AS shops FROM rows GROUP BY town
    features: [mean_area, shops]
features: [area, staff, mean_area, shops]
candidates: {ridge: {estimator: sklearn.linear_model.Ridge}}
split: {kind: random}
metric: mae
"""
ROWS = pd.DataFrame(
    {
        "shop": ["b", "a", "d", "c"],
        "town": [8, 7, 8, None],
        "area": [30.0, 10.0, 50.0, 20.0],
        "staff": [3, 1, 5, 2],
        "sales": [3.0, 1.0, None, 2.0],
    }
)


def shops(**changes: Any) -> Problem:
    content = yaml.safe_load(TEXT)
    for path, value in changes.items():
        *parents, key = path.split("__")
        node = content
        for parent in parents:
            node = node[parent]
        node[key] = value
    return parse_problem(yaml.safe_dump(content))


def valid(problem: Problem, rows: pd.DataFrame = ROWS) -> pd.DataFrame:
    table = rows.copy()
    table.index.name = "row"
    return check_rows(table, problem).valid


def test_an_entity_has_one_row_whatever_the_order_of_the_file() -> None:
    problem = shops()
    tables = view_tables(valid(problem), problem)
    reversed_rows = view_tables(valid(problem, ROWS.iloc[::-1].reset_index(drop=True)), problem)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, reversed_rows[name])
    own, towns = tables["own"], tables["towns"]
    assert own["shop"].tolist() == ["a", "b", "c", "d"]
    assert own["area"].tolist() == [10.0, 30.0, 20.0, 50.0]
    assert set(own["event_timestamp"]) == {pd.Timestamp(0, tz="UTC")}
    # The row without a town is in no group, the one without a target is in its own.
    assert towns[["town", "mean_area", "shops"]].to_numpy().tolist() == [[7, 10, 1], [8, 40, 2]]


def test_a_row_gets_what_its_entity_has(tmp_path: Path) -> None:
    problem = shops()
    rows = valid(problem)
    write_views(view_tables(rows, problem), tmp_path)
    dataset = training_set(rows, tmp_path, problem)
    assert dataset["shop"].tolist() == ["a", "b", "c"]
    np.testing.assert_array_equal(dataset["mean_area"], [10.0, 40.0, np.nan])
    np.testing.assert_array_equal(dataset["shops"], [1.0, 2.0, np.nan])


def test_a_request_holds_its_key_alone_however_old_the_values_are(
    settings: Settings, tmp_path: Path
) -> None:
    problem = shops()
    write_views(view_tables(valid(problem), problem), tmp_path)
    assert materialize(tmp_path, problem, settings) == {"own": 4, "towns": 2}
    contract = Contract.from_problem(problem)
    read = read_views(contract, settings, {"own": ["a", "d"], "towns": [8]})
    stored = {
        name: {key: row.values for key, row in rows.items() if row} for name, rows in read.items()
    }
    assert stored["own"]["d"] == {"area": 50.0, "staff": 5.0, "town": 8.0}
    row = read["own"]["a"]
    assert row is not None
    # The time of materialization: what a dashboard calls the age of features.
    assert abs(row.event_time - pd.Timestamp.now("UTC").timestamp()) < 60
    resolver = HomesResolver(contract, stored, stored_at=0.0, failure=None)
    expected = {"area": 50.0, "staff": 5.0, "mean_area": 40.0, "shops": 2.0}
    assert resolve({"shop": "d"}, resolver=resolver) == [expected]
    assert resolver.reads == [{"own": ["d"]}, {"towns": [8]}]
    values = resolver.check_rows([{"shop": "d"}], NOW)
    assert not resolver.run(resolver.fill_features(values, [{"shop": "d"}])).stale
    with pytest.raises(RefusedError, match="unknown shop zz"):
        resolve({"shop": "zz"}, resolver=resolver)


def test_rows_that_differ_leave_it_open_which_one_an_entity_has() -> None:
    by_town = {"entity": "town", "columns": ["area"]}
    problem = shops(views__own=by_town, features=["area", "staff"])
    with pytest.raises(UserError) as error:
        view_tables(valid(problem), problem)
    assert str(error.value) == (
        "views.own.columns: found 2 different rows of town 8, allowed is one, because the problem"
        " has no timestamp by which one of them is the latest; entities with several rows: 1. Name"
        " a timestamp, or aggregate the rows in a query"
    )


def test_duplicates_of_a_key_are_bad_rows_unless_drop_decides() -> None:
    rows = pd.concat([ROWS, ROWS.iloc[[0]].assign(area=99.0)], ignore_index=True)
    rows.index.name = "row"
    checked = check_rows(rows, shops(max_bad_row_share=0.5))
    assert checked.valid["shop"].tolist() == ["a", "c", "d"]
    assert {bad.rule for bad in checked.bad_values} == {
        "other values than another row of this shop; allowed is one row"
    }
    problem = shops()
    problem = problem.model_copy(
        update={"drop": problem.drop.model_copy(update={"duplicates": "last"})}
    )
    table = view_tables(check_rows(rows, problem).valid, problem)["own"]
    assert dict(zip(table["shop"], table["area"], strict=True))["b"] == 99.0


@pytest.mark.parametrize("target", ["sales", '"Sales"', "rows.sales"])
def test_a_query_cannot_read_the_target(target: str) -> None:
    query = yaml.safe_load(TEXT)["views"]["towns"]["query"].replace("area)", f"{target})")
    problem = shops(views__towns__query=query)
    with pytest.raises(UserError, match=r"views.towns.query: reads sales, which is the target"):
        view_tables(valid(problem), problem)


def test_another_fault_of_a_query_is_told_as_ever() -> None:
    problem = shops(views__towns__query="SELECT town, avg(aera) AS mean_area, 1 AS shops FROM rows")
    with pytest.raises(UserError, match="aera"):
        view_tables(valid(problem), problem)


@pytest.mark.parametrize(
    ("view", "message"),
    [
        ({"entity": "shop", "columns": ["area"], "ttl_days": 9}, "views.own.ttl_days: is about"),
        ({"entity": "shop", "columns": ["area"], "stale": "null"}, "views.own.stale: is about"),
        (
            {"entity": "shop", "history": {"before": "lag(area, 1)"}, "horizon_days": 1},
            "views.own.history: past rows need a timestamp",
        ),
    ],
)
def test_what_needs_times_is_refused(view: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message.replace(".", r"\.")):
        shops(views__own=view)
