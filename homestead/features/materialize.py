"""Materialization: writes the latest values of each entity to the online store."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from homestead.database.locks import exclusive_lock
from homestead.features.feast_objects import feast_objects, online_store
from homestead.features.freshness import write_freshness
from homestead.features.views import view_file
from homestead.names import EVENT_TIME
from homestead.problem.schema import Problem
from homestead.settings import Settings


def materialize(folder: Path, problem: Problem, settings: Settings) -> dict[str, int]:
    """Bring the online store to the latest values of each entity.

    One materialization of a problem runs at a time. A run after a kill ends with the same values.

    Args:
        folder: the views' tables, from :func:`homestead.features.views.write_views`.

    Returns:
        Number of entities written, by view.
    """
    with exclusive_lock(settings, f"materialize-{problem.name}"):
        store = online_store(problem.name, settings, offline="duckdb")
        store.apply(feast_objects(problem, folder))
        times = {}
        for name in problem.views:
            first, last = _time_span(view_file(folder, name))
            # Explicit bounds: Feast's incremental materialization starts at now minus the time to
            # live, and would load nothing of old data.
            store.materialize(
                start_date=(first - timedelta(seconds=1)).to_pydatetime(),
                end_date=(last + timedelta(seconds=1)).to_pydatetime(),
                feature_views=[name],
            )
            times[name] = last.timestamp()
        write_freshness(problem.name, times, settings)
    return {
        name: _entity_count(view_file(folder, name), view.entity)
        for name, view in problem.views.items()
    }


def _time_span(path: Path) -> tuple[pd.Timestamp, pd.Timestamp]:
    times = pd.read_parquet(path, columns=[EVENT_TIME])[EVENT_TIME]
    return times.min(), times.max()


def _entity_count(path: Path, entity: str) -> int:
    return len(pq.read_table(path, columns=[entity])[entity].unique())
