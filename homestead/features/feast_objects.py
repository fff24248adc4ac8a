"""Feast's entities, feature views and stores, built from the problem."""

import hashlib
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from homestead.features.views import is_text_entity, view_file
from homestead.names import EVENT_TIME
from homestead.problem.schema import Problem
from homestead.settings import Settings

os.environ.setdefault("FEAST_USAGE", "False")


def definitions_hash(problem: Problem) -> str:
    """Return the SHA-256, in hex, of everything that decides a feature's value."""
    parts = problem.model_dump(mode="json", include={"derived", "views", "features", "timestamp"})
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def feast_objects(problem: Problem, folder: Path) -> list[Any]:
    """Return entities and feature views, whose batch sources are the views' files in ``folder``."""
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


def offline_store(project: str, folder: Path) -> Any:
    """Return a store for point-in-time joins, whose registry is a file in ``folder``."""
    return _store(
        project,
        registry={"registry_type": "file", "path": str(folder / "registry.pb")},
        online_store={"type": "sqlite", "path": str(folder / "online.db")},
    )


def online_store(project: str, settings: Settings, offline: str = "dask") -> Any:
    """Return the store that materialization writes and the server reads."""
    online: dict[str, Any]
    if settings.redis_connection:
        online = {"type": "redis", "connection_string": settings.redis_connection}
    else:
        online = {"type": "sqlite", "path": str(settings.online_database(project))}
    settings.folder("feast")
    return _store(
        project,
        registry={
            "registry_type": "sql",
            "path": settings.feast_registry,
            "cache_ttl_seconds": 60,
            "serve_features_while_materializing": True,
        },
        online_store=online,
        offline=offline,
    )


def _store(
    project: str, registry: dict[str, Any], online_store: dict[str, Any], offline: str = "duckdb"
) -> Any:
    from feast import FeatureStore, RepoConfig

    return FeatureStore(
        config=RepoConfig(
            project=project,
            provider="local",
            registry=registry,
            online_store=online_store,
            offline_store={"type": offline},
            entity_key_serialization_version=3,
        )
    )
