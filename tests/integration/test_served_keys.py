"""Keys from table to response: what is served for a key is what the view's table holds for it."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from homestead.data.ingest import ingest
from homestead.features.materialize import materialize
from homestead.features.views import view_tables, write_views
from homestead.problem.contract import Contract
from homestead.problem.entity_keys import canonical_key
from homestead.problem.loader import parse_problem
from homestead.serving.features.lookup import FeatureLookup
from homestead.serving.inputs.resolver import Resolver
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.settings import Settings

ROWS = 400
NAMES = ["rate_y", "rn", "entity_row_id", "__log_date", "Size"]
NUMBERS = np.arange(ROWS)
TEXTS = ["1582218195625938945", "1e3", " Zürich\t", "014", "ß" * 256]
SHOPS: dict[str, Any] = {
    "neighbours above 2^53": pd.array(2**60 + NUMBERS % 100, dtype="Int64"),
    "-1 beside null": pd.array(NUMBERS % 5 - 1, dtype="Int64"),
    "booleans": pd.array(NUMBERS % 2 == 0, dtype="boolean"),
    "texts": np.array(["", "-1", "Zürich", "014", "14"], dtype=object)[NUMBERS % 5],
    "any texts": np.array(TEXTS, dtype=object)[NUMBERS % 5],
    "categories without a list": np.array(TEXTS, dtype=object)[NUMBERS % 5],
}
TYPES = {
    "booleans": "{type: boolean, nullable: true}",
    "texts": '{type: category, allowed: ["", "-1", "Zürich", "014", "14"], nullable: true}',
    "any texts": "{type: text, nullable: true}",
    "categories without a list": "{type: category, nullable: true}",
}


@pytest.mark.parametrize("kind", SHOPS)
@pytest.mark.parametrize("store", ["sqlite", "redis"])
def test_each_key_is_served_its_own_values(
    kind: str, store: str, settings: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    address = request.getfixturevalue("redis") if store == "redis" else ""
    settings = settings.model_copy(
        update={"redis_connection": address, "lookup_timeout_ms": 5000.0}
    )
    draw = np.random.default_rng(1)
    shops = SHOPS[kind].copy()
    shops[draw.random(ROWS) < 0.2] = None
    rows = pd.DataFrame(
        {
            "id": 2**53 + NUMBERS,
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(NUMBERS // 4, "D"),
            "shop": shops,
            "y": draw.normal(size=ROWS),
            **{name: draw.normal(size=ROWS) for name in NAMES},
        }
    )
    rows.to_parquet(tmp_path / "rows.parquet")
    columns = "\n".join(f"  {name}: {{type: number}}" for name in NAMES)
    problem = parse_problem(f"""
name: case_{list(SHOPS).index(kind)}
task: regression
source: {tmp_path}/rows.parquet
key: id
timestamp: day
target: y
columns:
  id: {{type: integer}}
  day: {{type: timestamp}}
  shop: {TYPES.get(kind, "{type: integer, nullable: true}")}
  y: {{type: number}}
{columns}
views:
  facts: {{entity: id, columns: [{", ".join(NAMES)}], missing: refuse}}
  means:
    entity: shop
    features: [mean_before]
    query: >
      SELECT shop, day + INTERVAL 1 DAY AS event_timestamp, avg(y) AS mean_before
      FROM rows GROUP BY shop, day
features: [{", ".join(NAMES)}, mean_before]
candidates: {{only: {{estimator: sklearn.linear_model.Ridge}}}}
split: {{validation_from: 2024-03-01, holdout_from: 2024-03-20}}
metric: mae
""")  # noqa: S608
    valid = ingest(problem).valid
    tables = view_tables(valid, problem)
    write_views(tables, tmp_path)
    materialize(tmp_path, problem, settings)
    latest = {
        canonical_key(key): value
        for key, value in tables["means"].groupby("shop").mean_before.last().items()
    }
    # As JSON would hold them.
    asked = [None if pd.isna(shop) else getattr(shop, "item", lambda s=shop: s)() for shop in shops]
    requests = [{"id": int(key), "shop": shop} for key, shop in zip(rows.id, asked, strict=True)]

    async def serve() -> list[list[float]]:
        lookup = FeatureLookup(Contract.from_problem(problem), settings, ServerMetrics())
        resolver = Resolver(Contract.from_problem(problem))
        resolved = await lookup.result_of(resolver.resolve(requests, 1.7e9))
        lookup._reader.close()
        return resolved.rows

    served = np.array(asyncio.run(serve()))
    np.testing.assert_array_equal(served[:, :-1], rows[NAMES].to_numpy())
    expected = [np.nan if shop is None else latest[canonical_key(shop)] for shop in asked]
    np.testing.assert_array_equal(served[:, -1], expected)
    assert np.isnan(served[:, -1]).sum() > 40
