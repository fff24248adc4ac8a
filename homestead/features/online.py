"""The online store: written after each ingest, read by the server."""

import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from homestead.contract import Contract
from homestead.features.definitions import feast_objects, online_store
from homestead.features.views import EVENT_TIME
from homestead.locks import exclusive
from homestead.problem import Problem
from homestead.settings import Settings


def materialize(folder: Path, problem: Problem, settings: Settings) -> dict[str, int]:
    """Bring the online store to the latest value of each entity.

    One materialization of a problem runs at a time; run again after a kill, it ends the same.

    Returns:
        Entities written, by view.
    """
    with exclusive(settings, f"materialize-{problem.name}"):
        store = online_store(problem.name, settings)
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


class OnlineFeatures:
    """Reads the online store; safe to use from several threads."""

    def __init__(self, contract: Contract, settings: Settings) -> None:
        self._store: Any = online_store(contract.problem, settings)
        self._features = {
            view.name: (view.entity, view.features, [f"{view.name}:{f}" for f in view.features])
            for view in contract.views
        }
        self._lock = threading.Lock()

    def read(self, view: str, keys: Sequence[int | str]) -> list[dict[str, float | None] | None]:
        """The latest values of entities.

        Returns:
            One dict a key, with None for a missing value; None for an unknown entity. Stores
            differ in how they say 'unknown': one where every value is missing counts as that.
        """
        entity, names, references = self._features[view]
        with self._lock:
            answer = self._store.get_online_features(
                features=references, entity_rows=[{entity: key} for key in keys]
            ).to_dict()
        rows = zip(*(answer[name] for name in names), strict=True)
        return [
            None if all(value is None for value in row) else dict(zip(names, row, strict=True))
            for row in rows
        ]
