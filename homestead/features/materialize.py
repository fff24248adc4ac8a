"""Materialization: writes the latest values of each entity to the online store.

What this module needs of Feast's internals is asserted in ``tests/contracts/test_feast.py``.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from homestead.database.locks import exclusive_lock
from homestead.engine.limits import connect
from homestead.errors import UserError
from homestead.features.duckdb_tables import parquet_columns
from homestead.features.feast_layout import encode_key, key_prefix, redis_field
from homestead.features.feast_objects import feast_objects, online_store
from homestead.features.freshness import write_freshness
from homestead.features.sqlite_rows import write_sqlite_rows
from homestead.features.views import view_file
from homestead.names import EVENT_TIME
from homestead.problem.entity_keys import EntityKey
from homestead.problem.schema import Problem
from homestead.problem.sections.view import View
from homestead.redis_address import parse_redis
from homestead.settings import Settings

# Values written at once, in one transaction of the store.
_VALUES_PER_WRITE = 100_000
# An entity's key, its event time in microseconds since 1970, and the view's values.
_Row = tuple[Any, ...]


def materialize(folder: Path, problem: Problem, settings: Settings) -> dict[str, int]:
    """Bring the online store to the latest values of each entity.

    One materialization of a problem runs at a time. A run after a kill ends with the same values.
    Values of an entity that the views no longer hold stay in the store.

    Args:
        folder: the views' tables, from :func:`homestead.features.views.write_views`.

    Returns:
        Number of entities written, by view.

    Raises:
        UserError: Redis cannot be used, or would hold two features in one field.
    """
    if not problem.views:
        return {}
    if settings.redis_connection:
        _require_distinct_fields(problem)
    with exclusive_lock(settings, f"materialize-{problem.name}"), _named_failures(settings):
        store = online_store(problem.name, settings)
        store.apply(feast_objects(problem, folder))
        entities, times = {}, {}
        for name, view in problem.views.items():
            path = view_file(folder, name)
            # Without time stamps values are as new as what they were last read from.
            known_at = datetime.now(UTC) if problem.timestamp is None else None
            write = _writer(store, problem.name, name, view, settings)
            entities[name] = _write_latest(write, name, view, path, known_at)
            if entities[name]:
                times[name] = _record_interval(store, name, path, known_at)
        write_freshness(problem.name, times, settings)
        return entities


@contextmanager
def _named_failures(settings: Settings) -> Iterator[None]:
    """Turn failures of Redis into a sentence that names the remedy."""
    if not settings.redis_connection:
        yield
        return
    from homestead.features.redis_store.failures import REDIS_ERRORS, explained

    try:
        yield
    except REDIS_ERRORS as error:
        address = parse_redis(settings.redis_connection)
        raise UserError(str(explained(error, address))) from error


def _require_distinct_fields(problem: Problem) -> None:
    """Refuse features of an entity whose fields, a hash of 4 bytes of their names, are the same."""
    earlier: dict[tuple[str, bytes], str] = {}
    for name, view in problem.views.items():
        for feature in view.names:
            field = redis_field(name, feature)
            other = earlier.setdefault((view.entity, field), f"{name}.{feature}")
            if other != f"{name}.{feature}":
                raise UserError(
                    f"views.{name}: Redis would hold {feature} in the same field as {other},"
                    " rename one of them"
                )


def _writer(
    store: Any, project: str, name: str, view: View, settings: Settings
) -> Callable[[list[_Row]], None]:
    """Return what writes a view's rows to the online store, which exists."""
    if not settings.redis_connection:
        prefix = key_prefix(view.entity)

        def write(rows: list[_Row]) -> None:
            written = (
                (encode_key(prefix, key), microseconds, dict(zip(view.names, values, strict=True)))
                for key, microseconds, *values in rows
            )
            write_sqlite_rows(settings.online_database(project), project, name, written)

        return write
    from feast.infra.online_stores.helpers import get_online_store_from_config

    feature_view = store.get_feature_view(name)
    online: Any = get_online_store_from_config(store.config.online_store)
    return lambda rows: online.online_write_batch(
        store.config, feature_view, [_online_row(view, *row) for row in rows], None
    )


def _write_latest(
    write: Callable[[list[_Row]], None],
    name: str,
    view: View,
    path: Path,
    known_at: datetime | None,
) -> int:
    """Write a view's latest row of each entity, and return the number of entities.

    Args:
        known_at: event time of all rows; None for the rows' own.
    """
    columns, table = parquet_columns(path, [view.entity, EVENT_TIME, *view.names])
    key, time, *_ = columns
    entities = 0
    with connect(purpose=f"materialization of {name}") as connection:
        connection.execute(
            f"""
            SELECT {key}, epoch_us({time}), {", ".join(columns[2:])}
            FROM {table}
            JOIN (SELECT {key}, max({time}) AS {time} FROM {table} GROUP BY {key}) AS latest
            USING ({key}, {time})
            """,
            [str(path), str(path)],
        )
        rows_per_write = max(1, _VALUES_PER_WRITE // len(view.names))
        while rows := connection.fetchmany(rows_per_write):
            if known_at is not None:
                moment = int(known_at.timestamp() * 1e6)
                rows = [(entity, moment, *values) for entity, _, *values in rows]
            write(rows)
            entities += len(rows)
    return entities


def _online_row(
    view: View, key: EntityKey, microseconds: int, *values: float | None
) -> tuple[Any, dict[str, Any], datetime, None]:
    """Return an entity's key, values by feature and event time as Feast's stores take them."""
    from feast.protos.feast.types.EntityKey_pb2 import EntityKey as KeyProto
    from feast.protos.feast.types.Value_pb2 import Value

    key_value = Value(string_val=key) if isinstance(key, str) else Value(int64_val=key)
    numbers = (Value() if value is None else Value(double_val=value) for value in values)
    return (
        KeyProto(join_keys=[view.entity], entity_values=[key_value]),
        dict(zip(view.names, numbers, strict=True)),
        _time(microseconds),
        None,
    )


def _record_interval(store: Any, name: str, path: Path, known_at: datetime | None) -> float:
    """Record in Feast's registry which times a view holds, and return the newest, since 1970.

    Args:
        known_at: event time of all rows; None for the rows' own.
    """
    [time], table = parquet_columns(path, [EVENT_TIME])
    with connect(purpose=f"materialization of {name}") as connection:
        [(first, last)] = connection.execute(
            f"SELECT epoch_us(min({time})), epoch_us(max({time})) FROM {table}", [str(path)]
        ).fetchall()
    oldest, newest = (known_at or _time(microseconds) for microseconds in (first, last))
    view = store.get_feature_view(name)
    store.registry.apply_materialization(view, store.project, oldest, newest)
    return newest.timestamp()


def _time(microseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)
