"""A key of 19 digits is the same key on every way: each kind of file, SQL, views, and the join."""

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from homestead.data.ingest import check_rows
from homestead.data.tables import read_table
from homestead.errors import UserError
from homestead.features.training_set import training_set
from homestead.features.views import view_tables, write_views
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem

LARGE = 1582218195625938945
# A float has one value for all of them.
KEYS = [LARGE, LARGE + 1, LARGE + 2]
DAYS = ["2024-01-01", "2024-02-01", "2024-03-01"]
TEXT = """
name: orders
task: regression
source: orders.csv
key: id
timestamp: day
target: y
columns:
  id: {type: integer}
  day: {type: timestamp}
  y: {type: number}
  shop: {type: integer, nullable: true}
views:
  counted:
    entity: shop
    query: SELECT shop, day AS event_timestamp, min(y) AS least FROM rows GROUP BY ALL
    features: [least]
features: [least]
candidates: {ridge: {estimator: sklearn.linear_model.Ridge}}
split: {validation_from: 2024-02-01, holdout_from: 2024-03-01}
metric: mae
"""


def orders(query: str = "", entity: str = "shop", **derived: str) -> Problem:
    content = yaml.safe_load(TEXT)
    view = content["views"]["counted"]
    content["views"]["counted"] = view | {"entity": entity, "query": query or view["query"]}
    return parse_problem(yaml.safe_dump(content | {"derived": derived}))


def write_csv(path: Path) -> str:
    rows = [f"{key},{day},1,{shop}" for key, day, shop in zip(KEYS, DAYS, shops(""), strict=True)]
    path.with_suffix(".csv").write_text("\n".join(["id,day,y,shop", *rows]), encoding="utf-8")
    return str(path.with_suffix(".csv"))


def write_json_lines(path: Path) -> str:
    rows = [
        f'{{"id": {key}, "day": "{day}", "y": 1, "shop": {shop}}}'
        for key, day, shop in zip(KEYS, DAYS, shops("null"), strict=True)
    ]
    path.with_suffix(".jsonl").write_text("\n".join(rows), encoding="utf-8")
    return str(path.with_suffix(".jsonl"))


def write_texts_in_json_lines(path: Path) -> str:
    write_json_lines(path)
    file = path.with_suffix(".jsonl")
    text = file.read_text(encoding="utf-8")
    for key in KEYS:
        text = text.replace(str(key), f'"{key}"')
    file.write_text(text, encoding="utf-8")
    return str(file)


def write_parquet(path: Path, column_type: pa.DataType) -> str:
    values = [Decimal(key) if pa.types.is_decimal(column_type) else key for key in KEYS]
    table = pa.table(
        {
            "id": pa.array(values, column_type),
            "day": DAYS,
            "y": [1.0] * 3,
            "shop": pa.array([values[0], None, values[2]], column_type),
        }
    )
    pq.write_table(table, path.with_suffix(".parquet"))
    return str(path.with_suffix(".parquet"))


def write_sql(path: Path) -> str:
    with closing(sqlite3.connect(path.with_suffix(".db"))) as connection, connection:
        connection.execute("CREATE TABLE t (id NUMERIC, day TEXT, y REAL, shop BIGINT)")
        rows = list(zip(KEYS, DAYS, [1.0] * 3, [KEYS[0], None, KEYS[2]], strict=True))
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
    return f"sqlite:///{path.with_suffix('.db')}?query=FROM_T".replace("FROM_T", "SELECT * FROM t")


def shops(blank: str) -> list[str]:
    return [str(KEYS[0]), blank, str(KEYS[2])]


WAYS = {
    "csv": write_csv,
    "JSON lines": write_json_lines,
    "texts in JSON lines": write_texts_in_json_lines,
    "integers in Parquet": lambda path: write_parquet(path, pa.int64()),
    "decimals in Parquet": lambda path: write_parquet(path, pa.decimal128(38, 0)),
    "SQL": write_sql,
}


@pytest.mark.parametrize("way", WAYS)
def test_keys_beside_a_blank_are_exact_up_to_the_join(way: str, tmp_path: Path) -> None:
    problem = orders()
    checked = check_rows(read_table(WAYS[way](tmp_path / "orders"))[0], problem)
    assert not checked.bad_values
    assert checked.valid["id"].tolist() == KEYS
    assert checked.valid["shop"].tolist() == [KEYS[0], pd.NA, KEYS[2]]
    write_views(view_tables(checked.valid, problem), tmp_path)
    assert view_tables(checked.valid, problem)["counted"]["shop"].tolist() == [KEYS[0], KEYS[2]]
    dataset = training_set(checked.valid, tmp_path, problem)
    np.testing.assert_array_equal(dataset["least"], [1.0, np.nan, 1.0])


def valid(tmp_path: Path) -> pd.DataFrame:
    return check_rows(read_table(write_csv(tmp_path / "orders"))[0], orders()).valid


@pytest.mark.parametrize("cast", ["DOUBLE", "FLOAT"])
def test_a_query_that_makes_floats_of_keys_is_refused(cast: str, tmp_path: Path) -> None:
    query = "SELECT CAST(shop AS DOUBLE) AS shop, day AS event_timestamp, y AS least FROM rows"
    problem = orders(query.replace("DOUBLE", cast))
    with pytest.raises(UserError, match=rf"shop is a {cast.lower()} of up to .* yield a BIGINT"):
        view_tables(valid(tmp_path), problem)


def test_a_function_of_a_key_is_a_float_and_refused_as_an_entity(tmp_path: Path) -> None:
    query = "SELECT copy, day AS event_timestamp, y AS least FROM rows"
    problem = orders(query, entity="copy", copy="floor(shop)")
    with pytest.raises(UserError, match=r"copy is a double of up to .* allowed is at most 900719"):
        view_tables(valid(tmp_path), problem)
