"""Conversion of entity keys and values to and from Feast's protocol buffers."""

from typing import Any

from feast.protos.feast.types import EntityKey_pb2, Value_pb2

from homestead.problem.entity_keys import EntityKey


def entity_key_proto(entity: str, key: EntityKey) -> Any:
    """Return Feast's key of an entity that has one join key, named like the entity."""
    value = (
        Value_pb2.Value(string_val=key) if isinstance(key, str) else Value_pb2.Value(int64_val=key)
    )
    return EntityKey_pb2.EntityKey(join_keys=[entity], entity_values=[value])


def float_value(value: Any) -> float | None:
    """Return the number in one of Feast's values, or None if the value is null."""
    field = value.WhichOneof("val")
    return None if field is None else float(getattr(value, field))
