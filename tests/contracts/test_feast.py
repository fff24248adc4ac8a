"""What our code relies on of Feast's internals. None of it is documented as stable.

- ``feast.infra.online_stores.helpers.get_online_store_from_config`` and ``OnlineStore.online_read``
  with its result, a list of (event time, values by feature): ``features/feast_rows.py``
- ``feast.infra.online_stores.redis.RedisOnlineStore._parse_connection_string``,
  ``feast.infra.online_stores.helpers._mmh3``,
  ``feast.infra.key_encoding_utils.serialize_entity_key`` in version 3, and the layout of Redis
  hashes (key, fields, encoding of values and event times): ``features/redis_rows.py``
- the protocol buffers ``feast.protos.feast.types.EntityKey_pb2`` and ``Value_pb2``:
  ``features/feast_protos.py``
- ``FeatureStore.config``, ``FeatureView.most_recent_end_time`` and the registry's option
  ``serve_features_while_materializing``: ``features/online_reader.py`` and ``feast_objects.py``
"""

import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import redis as redis_client
from feast import FeatureStore
from feast.infra.key_encoding_utils import serialize_entity_key
from feast.infra.online_stores.helpers import _mmh3, get_online_store_from_config
from feast.infra.online_stores.redis import RedisOnlineStore
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value
from google.protobuf.timestamp_pb2 import Timestamp

from homestead.features.feast_objects import feast_objects, online_store
from homestead.settings import Settings
from tests.factories import flats_problem

FEAST_ROWS = "Feast has changed: adapt homestead/features/feast_rows.py"
REDIS_ROWS = "Feast has changed: adapt homestead/features/redis_rows.py"
PROTOS = "Feast has changed: adapt homestead/features/feast_protos.py"
READER = "Feast has changed: adapt homestead/features/online_reader.py"
OBJECTS = "Feast has changed: adapt homestead/features/feast_objects.py"

TIME = datetime(2024, 5, 1, 12, 30, tzinfo=UTC)
ROWS = pd.DataFrame({"id": [7, 8], "event_timestamp": TIME, "age": [1 / 3, None]})


def key_proto(key: int | str) -> Any:
    value = Value(string_val=key) if isinstance(key, str) else Value(int64_val=key)
    return EntityKey(join_keys=["id"], entity_values=[value])


def store_with_rows(settings: Settings, folder: Path) -> FeatureStore:
    problem = flats_problem()
    store: FeatureStore = online_store(problem.name, settings)
    store.apply(feast_objects(problem, folder))
    store.write_to_online_store("flat", ROWS)
    return store


def test_online_read_returns_event_times_and_values_in_the_order_of_keys(
    settings: Settings, tmp_path: Path
) -> None:
    store = store_with_rows(settings, tmp_path)
    view = store.get_feature_view("flat")
    online = get_online_store_from_config(store.config.online_store)
    keys = [key_proto(8), key_proto(99), key_proto(7)]
    null, unknown, known = online.online_read(store.config, view, keys, ["age"])
    assert unknown == (None, None), f"{FEAST_ROWS}: an unknown entity"
    time, values = known
    assert time == TIME, f"{FEAST_ROWS}: the event time is no longer aware and exact"
    assert values is not None
    assert values["age"].WhichOneof("val") == "double_val", f"{PROTOS}: float_value"
    assert values["age"].double_val == 1 / 3, f"{PROTOS}: float_value"
    assert null[1] is not None
    assert null[1]["age"].WhichOneof("val") is None, f"{PROTOS}: a null has a value"


@pytest.mark.parametrize(
    ("connection_string", "expected"),
    [
        ("host:6379", ([{"host": "host", "port": "6379"}], {})),
        (
            "host:6379,password=a=b,db=2,ssl=true",
            ([{"host": "host", "port": "6379"}], {"password": "a=b", "db": 2, "ssl": True}),
        ),
    ],
)
def test_connection_strings_are_parsed_to_nodes_and_options(
    connection_string: str, expected: tuple[Any, Any]
) -> None:
    parsed = RedisOnlineStore._parse_connection_string(connection_string)
    assert parsed == expected, f"{REDIS_ROWS}: RedisRowReader.__init__"


def test_entity_keys_of_version_3_are_serialized_to_the_same_bytes() -> None:
    for key, content in ((7, struct.pack("<q", 7)), ("north", b"north")):
        one_key = struct.pack("<III", 1, 2, 2) + b"id"  # number of keys, type text, length
        value_type = 4 if isinstance(key, int) else 2
        expected = one_key + struct.pack("<II", value_type, len(content)) + content
        message = f"{REDIS_ROWS}: serialize_entity_key; stores must be materialized again"
        assert serialize_entity_key(key_proto(key), 3) == expected, message


def test_the_hash_of_a_field_is_the_same() -> None:
    assert _mmh3("flat:age") == bytes.fromhex("54929bae"), f"{REDIS_ROWS}: _mmh3"


def test_a_redis_hash_holds_an_entitys_values_and_event_times(
    settings: Settings, redis: str, tmp_path: Path
) -> None:
    settings = settings.model_copy(update={"redis_connection": redis})
    store_with_rows(settings, tmp_path)
    host, _, port = redis.partition(":")
    client: Any = redis_client.Redis(host, int(port))
    project = flats_problem().name.encode()
    stored: dict[bytes, bytes] = client.hgetall(serialize_entity_key(key_proto(7), 3) + project)
    layout = f"{REDIS_ROWS}: layout of the hashes"
    assert set(stored) >= {_mmh3("flat:age"), b"_ts:flat"}, layout
    assert Timestamp.FromString(stored[b"_ts:flat"]).ToDatetime(UTC) == TIME, layout
    value = stored[_mmh3("flat:age")]
    assert value[1:] == struct.pack("<d", 1 / 3), f"{REDIS_ROWS}: _number"
    assert value[:1] == Value(double_val=1.0).SerializeToString()[:1], f"{REDIS_ROWS}: _number"
    null: dict[bytes, bytes] = client.hgetall(serialize_entity_key(key_proto(8), 3) + project)
    assert not null[_mmh3("flat:age")], f"{REDIS_ROWS}: _number: a null is no longer empty"


def test_a_view_knows_up_to_when_it_was_materialized(settings: Settings, tmp_path: Path) -> None:
    store = store_with_rows(settings, tmp_path)
    assert store.get_feature_view("flat").most_recent_end_time is None, f"{READER}: freshness"
    ROWS.to_parquet(tmp_path / "flat.parquet")
    duckdb_store = online_store("flats", settings, offline="duckdb")
    end = TIME + timedelta(seconds=1)
    duckdb_store.materialize(TIME - timedelta(seconds=1), end, feature_views=["flat"])
    time = duckdb_store.get_feature_view("flat").most_recent_end_time
    assert time.timestamp() == end.timestamp(), f"{READER}: freshness"


def test_the_registry_serves_features_while_it_materializes(settings: Settings) -> None:
    registry = online_store("flats", settings).config.registry
    assert registry.serve_features_while_materializing is True, f"{OBJECTS}: online_store"
    assert registry.cache_ttl_seconds == 60, f"{OBJECTS}: online_store"
