"""Feast's entities, feature views and stores, built from the problem."""

import hashlib
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from homestead.features.duckdb_tables import is_text_entity
from homestead.features.views import view_file
from homestead.names import EVENT_TIME
from homestead.problem.schema import Problem
from homestead.settings import Settings


def load_feast() -> None:
    """Import Feast without checks of its own arguments' types, which take 3 s to be compiled.

    Our calls are checked by mypy.
    """
    if "feast" in sys.modules:
        return
    import typeguard

    typechecked = typeguard.typechecked
    typeguard.typechecked = _unchecked
    try:
        import feast  # noqa: F401
    finally:
        typeguard.typechecked = typechecked


def _unchecked(target: Any = None, **_: Any) -> Any:
    """Stand in for ``typechecked``, used as a decorator with and without arguments."""
    return _unchecked if target is None else target


def definitions_hash(problem: Problem) -> str:
    """Return the SHA-256, in hex, of everything that decides a feature's value."""
    parts = problem.model_dump(mode="json", include={"derived", "views", "features", "timestamp"})
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def feast_objects(problem: Problem, folder: Path) -> list[Any]:
    """Return entities and feature views, whose batch sources are the views' files in ``folder``."""
    load_feast()
    from feast import Entity, FeatureView, Field, FileSource, ValueType
    from feast.types import Float64

    entities = {
        name: Entity(
            name=name,
            join_keys=[name],
            value_type=ValueType.STRING if is_text_entity(problem, name) else ValueType.INT64,
        )
        for name in {view.entity for view in problem.views.values()}
    }
    views = [
        FeatureView(
            name=name,
            entities=[entities[view.entity]],
            ttl=timedelta(days=view.ttl_days),
            schema=[Field(name=feature, dtype=Float64) for feature in view.names],
            source=FileSource(
                name=f"{name}_rows",
                path=str(view_file(folder, name).absolute()),
                timestamp_field=EVENT_TIME,
            ),
        )
        for name, view in problem.views.items()
    ]
    return [*entities.values(), *views]


def online_store(project: str, settings: Settings) -> Any:
    """Return the store that materialization writes and the server reads."""
    load_feast()
    from feast import FeatureStore, RepoConfig

    online: dict[str, Any]
    if settings.redis_connection:
        from homestead.features.redis_store.feast_store import STORE_TYPE

        online = {
            "type": STORE_TYPE,
            "connection_string": settings.redis_connection,
            # Materialization writes an entity once, its latest row. Without this option Feast would
            # keep what it has of the same time, although a view's definition may have changed.
            "skip_dedup": True,
        }
    else:
        online = {"type": "sqlite", "path": str(settings.online_database(project))}
    settings.folder("feast")
    return FeatureStore(
        config=RepoConfig(
            project=project,
            provider="local",
            registry={
                "registry_type": "sql",
                "path": settings.feast_registry,
                "cache_ttl_seconds": 60,
                "serve_features_while_materializing": True,
            },
            online_store=online,
            # Not used, but Feast imports one: this one is always installed.
            offline_store={"type": "dask"},
            entity_key_serialization_version=3,
        )
    )
