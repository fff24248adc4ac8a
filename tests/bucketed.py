"""A problem whose views are computed in buckets, and rows that need several of them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from homestead.data.tables import write_parquet
from homestead.engine import buckets
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem

START = pd.Timestamp("2024-01-01")


BY_TIME = "{validation_from: 2024-02-10, holdout_from: 2024-02-20}"


def visits_problem(split: str = BY_TIME) -> Problem:
    """Return a problem with a view of each kind: past rows, queries by and across entities."""
    # Each row needs a part.
    has_no_town = str("column: town" not in split).lower()
    text = f"""
name: visits
task: regression
source: rows.parquet
key: id
timestamp: day
target: sales
columns:
  id: {{type: integer}}
  day: {{type: timestamp}}
  shop: {{type: integer, nullable: true}}
  town: {{type: category, nullable: {has_no_town}}}
  visits: {{type: number, nullable: true}}
  sales: {{type: number}}
derived:
  area: "floor(visits)"
  busy: "recent_mean > 1"
views:
  recent:
    entity: shop
    ttl_days: 3
    horizon_days: 0
    history:
      recent_mean: mean(sales, 5 days)
      last_visits: lag(visits, 1)
      wild: sum(sales, 7)
  totals:
    entity: town
    features: [town_sales]
    query: |
      SELECT town, day AS event_timestamp,
             sum(sales) OVER (PARTITION BY town ORDER BY day RANGE BETWEEN INTERVAL 5 DAY PRECEDING
               AND INTERVAL 1 MICROSECOND PRECEDING) AS town_sales
      FROM rows QUALIFY row_number() OVER (PARTITION BY town, day ORDER BY id) = 1
  market:
    entity: area
    features: [share]
    query: |
      SELECT area, day AS event_timestamp, avg(sales) / (SELECT avg(sales) FROM rows) AS share
      FROM rows GROUP BY ALL
  own: {{entity: id, columns: [visits]}}
features: [visits, recent_mean, last_visits, wild, town_sales, share, busy]
candidates: {{only: {{estimator: sklearn.linear_model.Ridge}}}}
split: {split}
metric: mae
"""  # noqa: S608
    return parse_problem(text)


def visits_rows(
    count: int = 4000,
    seed: int = 0,
    *,
    first_shop: int = 2**60,
    start: pd.Timestamp = START,
    jitter_us: int = 0,
) -> pd.DataFrame:
    """Return valid rows in the order of time and key: ties in time, missing and large keys.

    Args:
        first_shop: the smallest of 40 ids.
        jitter_us: by how much times may differ from whole hours, in microseconds.
    """
    draw = np.random.default_rng(seed)
    hours = np.sort(draw.integers(0, 24 * 60, count))
    shops = pd.array(first_shop + draw.integers(0, 40, count), dtype="Int64")
    shops[draw.random(count) < 0.05] = pd.NA
    visits = draw.normal(5, 3, count)
    towns = np.array(["Bern", "", "Zürich", "nan", "-1", "Genève"], dtype=object)
    towns = towns[draw.integers(0, 6, count)]
    towns[draw.random(count) < 0.05] = None
    days = (start + pd.to_timedelta(hours, "h")).astype("datetime64[us]")
    if jitter_us:
        jitter = draw.integers(-jitter_us, jitter_us + 1, count)
        days = pd.DatetimeIndex(np.sort(days.to_numpy() + jitter.astype("timedelta64[us]")))
    return pd.DataFrame(
        {
            "id": np.arange(count),
            "day": days,
            "shop": shops,
            "town": towns,
            "visits": np.where(draw.random(count) < 0.1, np.nan, visits),
            "sales": draw.lognormal(0, 2, count),
        }
    )


def write_visits(folder: Path, rows: pd.DataFrame | None = None) -> Path:
    """Write valid rows as ingest does, and return the file."""
    path = folder / "valid.parquet"
    write_parquet(visits_rows() if rows is None else rows, path)
    return path


def use_small_buckets(monkeypatch: pytest.MonkeyPatch, rows: int = 500, batch: int = 300) -> None:
    """Divide tables of a few rows as if they were large, and read them in many batches."""
    monkeypatch.setattr(buckets, "SMALL_TABLE_ROWS", rows)
    monkeypatch.setattr(buckets, "_ROWS_PER_BUCKET", rows)
    monkeypatch.setattr(buckets, "BATCH_ROWS", batch)
    monkeypatch.setattr(buckets, "_WAITING_ROWS", 3 * batch)
