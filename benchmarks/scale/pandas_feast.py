"""The same steps by pandas and Feast's own join, as a plain project would have them.

The whole table is a frame in memory. Kept as what the engine is measured against: it is what
Homestead did before, less the sentences on bad rows.
"""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from feast import FeatureStore, RepoConfig

from homestead.features.feast_objects import feast_objects
from homestead.names import EVENT_TIME
from homestead.problem.encoding import add_derived_columns, encode_stored
from homestead.problem.schema import Problem
from homestead.problem.sections.view import View
from homestead.problem.split import with_split

_ROW = "row_number"


def ingest(problem: Problem, folder: Path) -> None:
    """Read the table, set rows outside of the rules aside, and write both parts."""
    table = pd.read_parquet(problem.source)
    time = str(problem.timestamp)
    table[time] = pd.to_datetime(table[time])
    bad = pd.Series("", table.index)
    for name, column in problem.columns.items():
        if column.range:
            low, high = column.range
            bad[~table[name].between(low, high)] += f"{name} outside of {low} to {high}; "
    bad[table[list(problem.identity_columns)].duplicated(keep=False)] += "key appears twice"
    table[bad != ""].assign(reason=bad).to_csv(folder / "quarantine.csv")
    valid = add_derived_columns(table[bad == ""], problem)
    valid = valid.sort_values(list(problem.identity_columns), ignore_index=True)
    valid.to_parquet(folder / "valid.parquet")


def build_training_set(problem: Problem, folder: Path) -> None:
    """Compute the views, join them by Feast on DuckDB, split, and write the training set."""
    rows = pd.read_parquet(folder / "valid.parquet")
    views = folder / "views"
    views.mkdir(exist_ok=True)
    for name, view in problem.views.items():
        _view(view, rows, problem).to_parquet(views / f"{name}.parquet")
    store = FeatureStore(
        config=RepoConfig(
            project="scale",
            provider="local",
            registry={"registry_type": "file", "path": str(folder / "registry.pb")},
            online_store={"type": "sqlite", "path": str(folder / "online.db")},
            offline_store={"type": "duckdb"},
            entity_key_serialization_version=3,
        )
    )
    store.apply(feast_objects(problem, views))
    # Keys without nulls stay integers.
    entities = {view.entity: rows[view.entity].astype("int64") for view in problem.views.values()}
    asked = pd.DataFrame({**entities, _ROW: np.arange(len(rows))})
    asked[EVENT_TIME] = rows[problem.timestamp].dt.tz_localize("UTC")
    joined = rows
    for name, view in problem.views.items():
        features = [feature for feature in view.names if feature not in rows]
        if features:
            requests = asked[[view.entity, _ROW, EVENT_TIME]]
            wanted = [f"{name}:{feature}" for feature in features]
            found = store.get_historical_features(requests, wanted).to_df()
            joined = joined.join(found.set_index(_ROW)[features])
    joined = add_derived_columns(joined, problem)
    with_split(joined, problem).to_parquet(folder / "dataset.parquet")


def _view(view: View, rows: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    time = str(problem.timestamp)
    if not view.query:
        table = pd.DataFrame({n: encode_stored(rows[n], problem.columns[n]) for n in view.names})
        table.insert(0, view.entity, rows[view.entity])
        table.insert(1, EVENT_TIME, rows[time])
    else:
        with duckdb.connect() as connection:
            connection.register("rows", rows)
            table = connection.execute(view.query).df()
        table = table[[view.entity, EVENT_TIME, *view.names]].dropna(subset=[view.entity])
        table[view.entity] = table[view.entity].astype("int64")
    table[EVENT_TIME] = table[EVENT_TIME].astype("datetime64[us]").dt.tz_localize("UTC")
    return table.sort_values([EVENT_TIME, view.entity], ignore_index=True)
