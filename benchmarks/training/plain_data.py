"""Data of the plain script: checks, data sheet, views, point-in-time join and online store.

As a project would write them for this one table: pandas, DuckDB, matplotlib and Feast.
"""

import html
import io
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import matplotlib as mpl
import numpy as np
import pandas as pd

from homestead.problem.schema import Problem

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TIME = "event_timestamp"
_SPLITS = ("train", "validation", "holdout")


def read_valid(problem: Problem, folder: Path) -> pd.DataFrame:
    """Read the sales, write the bad ones to ``quarantine.csv``, and return the others.

    Returns:
        Sorted by time and key, with the derived columns.
    """
    sales = pd.read_parquet(problem.source)
    sales["date"] = pd.to_datetime(sales["date"])
    reason = pd.Series("", sales.index)
    for name, column in problem.columns.items():
        if column.range:
            is_bad = ~sales[name].between(*column.range)
            reason[is_bad] += f"{name} is not between {column.range[0]} and {column.range[1]}; "
        reason[sales[name].isna()] += f"{name} is missing; "
    reason[sales.duplicated(["date", "id"], keep=False)] += "date and id appear twice; "
    sales[reason != ""].assign(reason=reason).to_csv(folder / "quarantine.csv")
    valid = sales[reason == ""].sort_values(["date", "id"], ignore_index=True)
    valid.to_parquet(folder / "valid.parquet", index=False)
    return valid


def with_derived(sales: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the columns that the problem file derives."""
    logarithms = {
        f"ln_{short}": np.log(sales[f"sqft_{short}"])
        for short in ("living", "lot", "living15", "lot15")
    }
    return sales.assign(
        cell=(np.floor(sales.lat * 100) * 100000 + np.floor(sales.long * 100)).astype("int64"),
        **logarithms,
        renewed=np.where(sales.yr_renovated > 0, sales.yr_renovated, sales.yr_built),
        northeast=sales.lat + sales.long,
        northwest=sales.lat - sales.long,
    )


def write_views(sales: pd.DataFrame, problem: Problem, folder: Path) -> None:
    """Write the house's attributes and the market's premium, each row with its time."""
    house = sales[["id", "date", *problem.views["house"].names]].rename(columns={"date": _TIME})
    house.to_parquet(folder / "house.parquet", index=False)
    with duckdb.connect() as connection:
        connection.register("rows", sales)
        market = connection.execute(str(problem.views["market"].query)).df()
    market["cell"] = market["cell"].astype("int64")
    market.to_parquet(folder / "market.parquet", index=False)


def join_views(sales: pd.DataFrame, problem: Problem, folder: Path) -> pd.DataFrame:
    """Join the premium that was known at each sale, split the sales by time, and write them."""
    ttl_days = int(problem.views["market"].ttl_days)
    with duckdb.connect() as connection:
        connection.register("sales", sales)
        joined = connection.execute(
            f"""
            SELECT sales.*, CASE WHEN m.{_TIME} >= date - INTERVAL {ttl_days} DAY
                                 THEN m.local_premium END AS local_premium
            FROM sales ASOF LEFT JOIN read_parquet(?) AS m
            ON sales.cell = m.cell AND sales.date >= m.{_TIME}
            ORDER BY date, id
            """,  # noqa: S608 - names of ours
            [str(folder / "market.parquet")],
        ).df()
    limits = [pd.Timestamp("2015-02-01"), pd.Timestamp("2015-04-01")]
    part = np.searchsorted(np.array(limits, "datetime64[us]"), joined["date"], side="right")
    joined["split"] = np.array(_SPLITS)[part]
    joined.to_parquet(folder / "dataset.parquet", index=False)
    return joined


def materialize(problem: Problem, folder: Path) -> None:
    """Write the newest row of each house and of each cell to Feast's sqlite store."""
    from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
    from feast.types import Float64

    store = FeatureStore(
        config=RepoConfig(
            project="plain",
            provider="local",
            registry={"registry_type": "file", "path": str(folder / "registry.pb")},
            online_store={"type": "sqlite", "path": str(folder / "online.db")},
            offline_store={"type": "duckdb"},
            entity_key_serialization_version=3,
        )
    )
    for name, view in problem.views.items():
        entity = Entity(name=view.entity, join_keys=[view.entity], value_type=ValueType.INT64)
        table = pd.read_parquet(folder / f"{name}.parquet").astype(dict.fromkeys(view.names, float))
        source = FileSource(name=name, path=str(folder / f"{name}.parquet"), timestamp_field=_TIME)
        fields = [Field(name=feature, dtype=Float64) for feature in view.names]
        feature_view = FeatureView(
            name=name,
            entities=[entity],
            ttl=timedelta(days=view.ttl_days),
            schema=fields,
            source=source,
        )
        store.apply([entity, feature_view])
        table[_TIME] = table[_TIME].dt.tz_localize("UTC")
        newest = table.sort_values(_TIME).drop_duplicates(view.entity, keep="last")
        store.write_to_online_store(name, newest)


def figure_svg(figure: "Figure") -> str:
    """Return a figure as inline SVG."""
    content = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none"}):
        figure.savefig(content, format="svg")
    return content.getvalue()


def page(title: str, parts: Mapping[str, str]) -> str:
    """Return an HTML page of sections, whose bodies are HTML."""
    sections = "".join(f"<h2>{html.escape(name)}</h2>{body}" for name, body in parts.items())
    return f"<!doctype html><title>{title}</title><h1>{title}</h1>{sections}"


def data_sheet(sales: pd.DataFrame, problem: Problem) -> str:
    """Return the data sheet: what the columns are, their ranges and their histograms."""
    from matplotlib.figure import Figure

    names = [name for name in problem.columns if name not in {"id", "date", "price"}]
    figure = Figure(figsize=(9.6, 7), layout="constrained")
    for axis, name in zip(figure.subplots(4, 5).flat, names, strict=False):
        axis.hist(sales[name].astype(float), bins=40)
        axis.set_title(name)
        axis.set_yticks([])
    target = Figure(figsize=(9.6, 2.5), layout="constrained")
    left, right = target.subplots(1, 2)
    left.hist(np.log10(sales["price"]), bins=50)
    right.hist(sales["date"], bins=53)
    described = pd.DataFrame(
        {
            "description": {name: c.description for name, c in problem.columns.items()},
            "unit": {name: c.unit for name, c in problem.columns.items()},
        }
    ).join(sales.describe().T)
    return page(
        "Data sheet: house sales",
        {
            "Columns": described.to_html(),
            "Price and date": figure_svg(target),
            "Distributions": figure_svg(figure),
        },
    )
