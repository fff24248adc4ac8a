"""What our code relies on of Feast's internals. None of it is documented as stable.

- the layout of the online stores, in entity keys of serialization version 3: Redis hashes (key,
  fields, encoding of values and event times) and sqlite tables (name, columns, times):
  ``features/feast_layout.py``, ``redis_store`` and ``sqlite_rows.py`` read it without Feast.
  Feast writes it here, and both read it; ``sqlite_rows.py`` also writes it.
- Redis connection strings: ``redis_address.py``
- ``RedisOnlineStore._get_client``, and how a store's class is found by its name:
  ``features/redis_store/feast_store.py``
- ``OnlineStore.online_write_batch``, which replaces what it holds with the option ``skip_dedup`` of
  Redis, and ``FeatureStore.registry.apply_materialization``: ``features/materialize.py``
"""

import asyncio
import math
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType, types
from feast.infra.key_encoding_utils import serialize_entity_key
from feast.infra.online_stores.helpers import _mmh3, get_online_store_from_config
from feast.infra.online_stores.redis import RedisOnlineStore
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Null, Value
from google.protobuf.timestamp_pb2 import Timestamp

from homestead.features.feast_layout import (
    decode_time,
    decode_value,
    encode_key,
    key_prefix,
    redis_field,
)
from homestead.features.feast_objects import feast_objects, online_store
from homestead.features.online_reader import RowReader
from homestead.features.redis_store.rows import RedisRowReader
from homestead.features.sqlite_rows import SqliteRowReader, write_sqlite_rows
from homestead.features.stored_rows import StoredRow
from homestead.problem.contract import ContractView
from homestead.redis_address import parse_redis
from homestead.settings import Settings
from tests.factories import flats_problem
from tests.online import read_rows

LAYOUT = "Feast has changed: adapt homestead/features/feast_layout.py; materialize stores again"
ROWS = "Feast has changed: adapt homestead/features/redis_store or sqlite_rows.py"
MATERIALIZE = "Feast has changed: adapt homestead/features/materialize.py"
CONNECTION = "Feast has changed: adapt homestead/redis_address.py"

TIME = datetime(2024, 5, 1, 12, 30, tzinfo=UTC)
KEYS: dict[str, list[int | str]] = {
    "shop": [7, 0, 1, -1, 2**53 + 1, 2**60 + 1, 2**63 - 1, -(2**63)],
    "district": ["north", "", "7", "Zürich", "東京", "a b,c=d", "x" * 300],
}
# A value of each type that a feature may have, and the number that is read.
VALUES: dict[str, tuple[Any, Any, float | None]] = {
    "double": (types.Float64, Value(double_val=1 / 3), 1 / 3),
    "zero": (types.Float64, Value(double_val=0.0), 0.0),
    "tiny": (types.Float64, Value(double_val=-5e-324), -5e-324),
    "null": (types.Float64, Value(), None),
    "float": (types.Float32, Value(float_val=0.5), 0.5),
    "int32": (types.Int32, Value(int32_val=-7), -7.0),
    "int64": (types.Int64, Value(int64_val=2**40), 2.0**40),
    "no_int": (types.Int64, Value(int64_val=0), 0.0),
    "yes": (types.Bool, Value(bool_val=True), 1.0),
    "no": (types.Bool, Value(bool_val=False), 0.0),
    "moment": (types.UnixTimestamp, Value(unix_timestamp_val=1_700_000_000), 1.7e9),
}


def key_proto(entity: str, key: int | str) -> Any:
    value = Value(string_val=key) if isinstance(key, str) else Value(int64_val=key)
    return EntityKey(join_keys=[entity], entity_values=[value])


class FeastStore:
    """A project of Feast with a view of each entity, whose rows hold a value of each type."""

    def __init__(self, folder: Path, online_store: dict[str, Any]) -> None:
        self.config = RepoConfig(
            project="shops",
            provider="local",
            registry={"registry_type": "file", "path": str(folder / "registry.pb")},
            online_store=online_store,
            offline_store={"type": "dask"},
            entity_key_serialization_version=3,
        )
        self.views = {}
        store = FeatureStore(config=self.config)
        for entity, value_type in (("shop", ValueType.INT64), ("district", ValueType.STRING)):
            of_entity = Entity(name=entity, join_keys=[entity], value_type=value_type)
            view = FeatureView(
                name=f"{entity}_facts",
                entities=[of_entity],
                schema=[Field(name=name, dtype=dtype) for name, (dtype, _, _) in VALUES.items()],
                ttl=timedelta(days=9),
                source=FileSource(
                    name=entity, path=str(folder / "no.parquet"), timestamp_field="event_timestamp"
                ),
            )
            store.apply([of_entity, view])
            self.views[entity] = view
        self.online = get_online_store_from_config(self.config.online_store)
        values = {name: value for name, (_, value, _) in VALUES.items()}
        for entity, keys in KEYS.items():
            rows: list[Any] = [(key_proto(entity, key), values, TIME, None) for key in keys]
            self.online.online_write_batch(self.config, self.views[entity], rows, None)

    def read(self, entity: str, keys: list[int | str]) -> list[Any]:
        """Return rows as Feast itself reads them."""
        protos = [key_proto(entity, key) for key in keys]
        return self.online.online_read(self.config, self.views[entity], protos, list(VALUES))


def contract_view(entity: str) -> ContractView:
    return ContractView(
        name=f"{entity}_facts", entity=entity, features=tuple(VALUES), ttl_days=9, missing="null"
    )


def read(reader: RowReader, entity: str, keys: list[int | str]) -> list[StoredRow | None]:
    async def run() -> list[StoredRow | None]:
        try:
            return await read_rows(reader, [(contract_view(entity), key) for key in keys])
        finally:
            reader.close()

    return asyncio.run(run())


@pytest.fixture
def time_zone() -> Iterator[None]:
    """Set a local time that is not UTC: Feast's sqlite store converts to it and back."""
    zone = os.environ.get("TZ")
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    yield
    os.environ.pop("TZ")
    if zone is not None:
        os.environ["TZ"] = zone
    time.tzset()


@pytest.mark.usefixtures("time_zone")
def test_our_rows_of_sqlite_are_those_of_feast(tmp_path: Path) -> None:
    path = tmp_path / "online.db"
    store = FeastStore(tmp_path, {"type": "sqlite", "path": str(path)})
    name = store.views["shop"].name
    table = f'"{store.config.project}_{name}"'

    def stored() -> list[Any]:
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608

    moment = round(TIME.timestamp() * 1e6)
    key = encode_key(key_prefix("shop"), 7)
    for value in (0.0, -0.1, 1e300, math.nan, None):
        proto = Value() if value is None else Value(double_val=value)
        rows: list[Any] = [(key_proto("shop", 7), {"double": proto}, TIME, TIME)]
        # Once in place of what Feast has left, once in an empty table.
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608
        store.online.online_write_batch(store.config, store.views["shop"], rows, None)
        write_sqlite_rows(path, store.config.project, name, [(key, moment, {"double": value})])
        replaced = stored()
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608
        write_sqlite_rows(path, store.config.project, name, [(key, moment, {"double": value})])
        assert stored() == replaced
        rows = [(key_proto("shop", 7), {"double": proto}, TIME, None)]
        store.online.online_write_batch(store.config, store.views["shop"], rows, None)
        assert stored() == replaced, ROWS
    [(read_moment, values)] = store.read("shop", [7])
    assert read_moment == TIME
    assert values["double"].WhichOneof("val") is None


@pytest.mark.usefixtures("time_zone")
@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_both_read_what_feast_writes(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "redis":
        address = request.getfixturevalue("redis")
        store = FeastStore(tmp_path, {"type": "redis", "connection_string": address})
        readers: list[RowReader] = [RedisRowReader(address, "shops", 5.0) for _ in KEYS]
    else:
        path = tmp_path / "online.db"
        store = FeastStore(tmp_path, {"type": "sqlite", "path": str(path)})
        views = [contract_view(entity) for entity in KEYS]
        readers = [SqliteRowReader(path, "shops", views) for _ in KEYS]
    unknown: dict[str, int | str] = {"shop": 99, "district": "nowhere"}
    for (entity, keys), reader in zip(KEYS.items(), readers, strict=True):
        asked = [unknown[entity], *reversed(keys)]
        nothing, *ours = read(reader, entity, asked)
        assert nothing is None, ROWS
        expected = {name: number for name, (_, _, number) in VALUES.items()}
        for key, row, (moment, values) in zip(
            asked[1:], ours, store.read(entity, asked)[1:], strict=True
        ):
            assert row == StoredRow(expected, TIME.timestamp()), f"{ROWS}: {entity} {key!r}"
            # Feast reads the same.
            assert moment == TIME
            for name, (_, value, _) in VALUES.items():
                assert values[name] == value, f"{name} of {entity} {key!r}"


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_a_write_replaces_values_of_the_same_time_and_older(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    online: dict[str, Any] = {"type": "sqlite", "path": str(tmp_path / "online.db")}
    if kind == "redis":
        address = request.getfixturevalue("redis")
        online = {"type": "redis", "connection_string": address, "skip_dedup": True}
    store = FeastStore(tmp_path, online)
    view = store.views["shop"]
    for moment, value in ((TIME, 0.5), (TIME - timedelta(days=1), 0.25)):
        rows: list[Any] = [
            (key_proto("shop", 7), {"double": Value(double_val=value)}, moment, None)
        ]
        store.online.online_write_batch(store.config, view, rows, None)
        [(stored_time, values)] = store.read("shop", [7])
        assert values["double"].double_val == value, MATERIALIZE
        if kind == "redis":
            assert stored_time == moment, MATERIALIZE


def test_a_view_knows_up_to_when_it_was_materialized(settings: Settings, tmp_path: Path) -> None:
    problem = flats_problem()
    store = online_store(problem.name, settings)
    store.apply(feast_objects(problem, tmp_path))
    view = store.get_feature_view("flat")
    assert view.most_recent_end_time is None
    store.registry.apply_materialization(view, store.project, TIME - timedelta(days=1), TIME)
    assert store.get_feature_view("flat").most_recent_end_time == TIME, MATERIALIZE


@pytest.mark.parametrize("entity", KEYS)
def test_entity_keys_are_the_same_bytes(entity: str) -> None:
    for key in KEYS[entity]:
        expected = serialize_entity_key(key_proto(entity, key), 3)
        assert encode_key(key_prefix(entity), key) == expected, f"{LAYOUT}: {key!r}"


@pytest.mark.parametrize("name", ["age", "Size", "size", "größe", "rate_y", "x" * 100])
def test_fields_of_redis_hashes_are_the_same_bytes(name: str) -> None:
    assert redis_field("flat", name) == _mmh3(f"flat:{name}"), LAYOUT


@pytest.mark.parametrize("name", VALUES)
def test_values_are_read_as_numbers(name: str) -> None:
    _, value, number = VALUES[name]
    assert decode_value(value.SerializeToString()) == number, LAYOUT


def test_a_value_that_is_no_number_is_refused() -> None:
    assert decode_value(Value(null_val=Null.NULL).SerializeToString()) is None, LAYOUT
    with pytest.raises(ValueError, match="type 2, allowed are numbers"):
        decode_value(Value(string_val="north").SerializeToString())


@pytest.mark.parametrize("seconds", [1_700_000_000.25, 0.0, -86_400.0, -0.5])
def test_times_of_redis_hashes_are_seconds(seconds: float) -> None:
    stamp = Timestamp()
    stamp.FromDatetime(datetime.fromtimestamp(seconds, UTC))
    assert decode_time(stamp.SerializeToString()) == seconds, LAYOUT


@pytest.mark.parametrize(
    "text",
    ["host:6379", "host", "host:6379,password=a=b,db=2,ssl=true", "host:1,username=u,password=12"],
)
def test_connection_strings_mean_the_same(text: str) -> None:
    (node, *_), options = RedisOnlineStore._parse_connection_string(text)
    if "password" in options:  # a text, also where it looks like a number
        options["password"] = str(options["password"])
    address = parse_redis(text)
    assert address.nodes == ((node["host"], int(node.get("port", 6379))),), CONNECTION
    assert address.options == options, CONNECTION
