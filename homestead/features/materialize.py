"""The online store, written after each ingest."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from homestead.database.locks import exclusive_lock
from homestead.features.feast_objects import feast_objects, online_store
from homestead.features.views import EVENT_TIME
from homestead.problem.schema import Problem
from homestead.settings import Settings


def materialize(folder: Path, problem: Problem, settings: Settings) -> dict[str, int]:
    """Bring the online store to the latest value of each entity.

    One materialization of a problem runs at a time; run again after a kill, it ends the same.

    Returns:
        Entities written, by view.
    """
    with exclusive_lock(settings, f"materialize-{problem.name}"):
        store = online_store(problem.name, settings, offline="duckdb")
        store.apply(feast_objects(problem, folder))
        spans = {name: _span(folder / f"{name}.parquet") for name in problem.views}
        for name, (first, last) in spans.items():
            # An explicit span: Feast's incremental way starts at now minus ttl, and would load
            # nothing of old data.
            store.materialize(
                start_date=(first - timedelta(seconds=1)).to_pydatetime(),
                end_date=(last + timedelta(seconds=1)).to_pydatetime(),
                feature_views=[name],
            )
    return {
        name: pq.read_table(folder / f"{name}.parquet", columns=[view.entity])[view.entity]
        .unique()
        .__len__()
        for name, view in problem.views.items()
    }


def _span(path: Path) -> tuple[pd.Timestamp, pd.Timestamp]:
    times = pd.read_parquet(path, columns=[EVENT_TIME])[EVENT_TIME]
    return times.min(), times.max()
