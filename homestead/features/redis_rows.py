"""Rows of Feast's Redis store: one pipeline of HMGET for all views and entities.

What this module needs of Feast's internals, the layout of its hashes included, is asserted in
``tests/contracts/test_feast.py``.
"""

import struct
from collections.abc import Sequence
from typing import Any

import redis
from feast.infra.key_encoding_utils import serialize_entity_key
from feast.infra.online_stores.helpers import _mmh3
from feast.infra.online_stores.redis import RedisOnlineStore
from feast.protos.feast.types.Value_pb2 import Value
from google.protobuf.timestamp_pb2 import Timestamp
from redis.backoff import NoBackoff
from redis.retry import Retry

from homestead.features.feast_protos import entity_key_proto, float_value
from homestead.features.stored_rows import StoredRow
from homestead.problem.contract import ContractView
from homestead.problem.entity_keys import EntityKey

# All our features are doubles: protobuf writes this byte and the 8 bytes of the number.
_DOUBLE_TAG = Value(double_val=1.0).SerializeToString()[:1]


class RedisRowReader:
    """Reads the entities of several views in one round trip.

    A hash holds one entity's values in all views. Its key is the serialized entity key followed
    by the project; a feature's field is the hash of ``view:feature``, a view's event time stands
    in ``_ts:view``.
    """

    def __init__(self, config: Any, timeout_s: float) -> None:
        """Connect when the first rows are read.

        Args:
            config: Feast's ``RepoConfig``.
            timeout_s: of connecting and of each read, unless the connection string sets others.
        """
        connection_string = config.online_store.connection_string
        (node, *_), parameters = RedisOnlineStore._parse_connection_string(connection_string)
        options: dict[str, Any] = {
            "socket_timeout": timeout_s,
            "socket_connect_timeout": timeout_s,
            # Open a connection that the store has closed anew, once and at once.
            "retry": Retry(NoBackoff(), 1),
            **node,
            **parameters,
        }
        self._client = redis.Redis(**options)
        self._project = config.project.encode()
        self._fields_by_view: dict[str, list[Any]] = {}

    def read(
        self, view_keys: list[tuple[ContractView, list[EntityKey]]]
    ) -> list[list[StoredRow | None]]:
        """Return the rows of each view's keys in their order, None for an unknown entity."""
        with self._client.pipeline(transaction=False) as pipe:
            for view, keys in view_keys:
                fields = self._fields(view)
                for key in keys:
                    entity_key = serialize_entity_key(entity_key_proto(view.entity, key), 3)
                    pipe.hmget(entity_key + self._project, fields)
            replies = iter(pipe.execute())
        return [[_row(view, next(replies)) for _ in keys] for view, keys in view_keys]

    def _fields(self, view: ContractView) -> list[Any]:
        """Return the fields of the features in the view's order, then that of the event time."""
        fields = self._fields_by_view.get(view.name)
        if fields is None:
            fields = [_mmh3(f"{view.name}:{feature}") for feature in view.features]
            fields.append(f"_ts:{view.name}")
            self._fields_by_view[view.name] = fields
        return fields


def _row(view: ContractView, reply: Sequence[bytes | None]) -> StoredRow | None:
    *values, timestamp = reply
    if timestamp is None:
        return None
    event_time = Timestamp.FromString(timestamp)
    numbers = dict(zip(view.features, map(_number, values), strict=True))
    return StoredRow(numbers, event_time.seconds + event_time.nanos / 1e9)


def _number(content: bytes | None) -> float | None:
    if not content:
        return None
    if len(content) == 9 and content[:1] == _DOUBLE_TAG:
        return float(struct.unpack_from("<d", content, 1)[0])
    return float_value(Value.FromString(content))
