"""Reads of the online store: Feast's keys and values, in one round trip for all views."""

import struct
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from homestead.features.feast_objects import online_store
from homestead.features.values import EntityKey, OnlineValues, ReadRequest, StoredRow
from homestead.problem.contract import Contract, ContractView
from homestead.settings import Settings


class OnlineFeatureReader:
    """Reads one contract's views.

    Feast's ``get_online_features`` reads every view for every row; what a request lacks differs
    from view to view, so this reads the store's rows themselves. Stores differ in how they say
    'unknown': an entity of which every value is missing counts as unknown.
    """

    def __init__(self, contract: Contract, settings: Settings) -> None:
        """Open the store; its registry must know the views.

        Raises:
            Exception: whatever Feast and the store raise where they can't be reached.
        """
        self._store: Any = online_store(contract.problem, settings)
        self._views = {view.name: view for view in contract.views}
        tables = {name: self._store.get_feature_view(name) for name in self._views}
        timeout_s = settings.lookup_timeout_ms / 1000
        kind = _Redis if settings.redis_connection else _Embedded
        self._rows = kind(self._store.config, tables, timeout_s)

    def read(self, wanted: ReadRequest) -> OnlineValues:
        """The latest values of each view's entities, None for an unknown one."""
        asked = [(self._views[name], keys) for name, keys in wanted.items()]
        found: OnlineValues = {}
        for (view, keys), rows in zip(asked, self._rows.read(asked), strict=True):
            known = [None if _empty(row) else row for row in rows]
            found[view.name] = dict(zip(keys, known, strict=True))
        return found

    def freshness(self) -> dict[str, float]:
        """By view, up to which moment it was last filled, in seconds since 1970; views that never
        were are not there."""
        moments = {n: self._store.get_feature_view(n).most_recent_end_time for n in self._views}
        return {
            name: (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
            for name, moment in moments.items()
            if moment is not None
        }


def _empty(row: StoredRow | None) -> bool:
    return row is None or all(value is None for value in row.values.values())


Asked = Sequence[tuple[ContractView, list[EntityKey]]]


def _entity(name: str, key: EntityKey) -> Any:
    from feast.protos.feast.types.EntityKey_pb2 import EntityKey
    from feast.protos.feast.types.Value_pb2 import Value

    value = Value(string_val=key) if isinstance(key, str) else Value(int64_val=key)
    return EntityKey(join_keys=[name], entity_values=[value])


def _number(value: Any) -> float | None:
    kind = value.WhichOneof("val")
    return None if kind is None else float(getattr(value, kind))


class _Embedded:
    """Any of Feast's stores, by its own ``online_read``; sqlite when embedded."""

    def __init__(self, config: Any, tables: dict[str, Any], timeout_s: float) -> None:
        from feast.infra.online_stores.helpers import get_online_store_from_config

        self._online = get_online_store_from_config(config.online_store)
        self._config = config
        self._tables = tables

    def read(self, asked: Asked) -> list[list[StoredRow | None]]:
        return [
            [
                None
                if moment is None or values is None
                else StoredRow(_only(values, view.features), moment.timestamp())
                for moment, values in self._online.online_read(
                    self._config,
                    self._tables[view.name],
                    [_entity(view.entity, key) for key in keys],
                    list(view.features),
                )
            ]
            for view, keys in asked
        ]


def _only(values: dict[str, Any], names: tuple[str, ...]) -> dict[str, float | None]:
    return {name: _number(values[name]) if name in values else None for name in names}


class _Redis:
    """Redis, by Feast's own keys: one pipeline of HMGET for all views and entities."""

    def __init__(self, config: Any, tables: dict[str, Any], timeout_s: float) -> None:
        import redis
        from feast.infra.key_encoding_utils import serialize_entity_key
        from feast.infra.online_stores.helpers import _mmh3
        from feast.infra.online_stores.redis import RedisOnlineStore
        from feast.protos.feast.types.Value_pb2 import Value
        from google.protobuf.timestamp_pb2 import Timestamp
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        parse = RedisOnlineStore._parse_connection_string
        (node, *_), parameters = parse(config.online_store.connection_string)
        self._client = redis.Redis(
            **{
                "socket_timeout": timeout_s,
                "socket_connect_timeout": timeout_s,
                # A connection that the store closed is opened anew, once and at once.
                "retry": Retry(NoBackoff(), 1),
                **node,
                **parameters,
            }
        )
        self._project = config.project.encode()
        self._serialize = serialize_entity_key
        self._hash = _mmh3
        self._value, self._moment = Value, Timestamp
        # All our features are doubles: this is how protobuf writes one.
        self._tag = Value(double_val=1.0).SerializeToString()[:1]
        self._fields: dict[str, list[Any]] = {}

    def read(self, asked: Asked) -> list[list[StoredRow | None]]:
        with self._client.pipeline(transaction=False) as pipe:
            for view, keys in asked:
                fields = self._fields_of(view)
                for key in keys:
                    entity = _entity(view.entity, key)
                    pipe.hmget(self._serialize(entity, 3) + self._project, fields)
            answers = iter(pipe.execute())
        return [[self._kept(view, next(answers)) for _ in keys] for view, keys in asked]

    def _fields_of(self, view: ContractView) -> list[Any]:
        fields = self._fields.get(view.name)
        if fields is None:
            fields = [self._hash(f"{view.name}:{feature}") for feature in view.features]
            fields.append(f"_ts:{view.name}")
            self._fields[view.name] = fields
        return fields

    def _kept(self, view: ContractView, answer: list[bytes | None]) -> StoredRow | None:
        moment = answer[-1]
        if moment is None:
            return None
        at = self._moment.FromString(moment)
        values = map(self._double, answer)
        return StoredRow(
            dict(zip(view.features, values, strict=False)), at.seconds + at.nanos / 1e9
        )

    def _double(self, content: bytes | None) -> float | None:
        if not content:
            return None
        if len(content) == 9 and content[:1] == self._tag:
            return float(struct.unpack_from("<d", content, 1)[0])
        return _number(self._value.FromString(content))
