"""The layout of Feast's online stores: keys, fields, values and times as bytes.

Serialization version 3. Feast itself is not imported, which would take seconds and 120 MB;
``tests/contracts/test_feast.py`` holds this module against what Feast writes.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache

import mmh3

from homestead.problem.entity_keys import EntityKey

# Numbers of Feast's value types in entity keys.
_TEXT, _INT64 = 2, 4
# Wire types of protocol buffers.
_VARINT, _EIGHT_BYTES, _LENGTH_PREFIXED, _FOUR_BYTES = 0, 1, 2, 5
# Fields of Feast's message Value that hold numbers, and its null.
_DOUBLE, _FLOAT, _NULL = 5, 6, 19
_INTEGERS = (3, 4, 7, 8)  # int32, int64, bool, unix_timestamp
# A double is this byte and the number.
DOUBLE_TAG = bytes([_DOUBLE << 3 | _EIGHT_BYTES])


def key_prefix(entity: str) -> bytes:
    """Return the beginning of the keys of an entity that has one join key, named like itself."""
    name = entity.encode()
    return struct.pack("<III", 1, _TEXT, len(name)) + name


def encode_key(prefix: bytes, key: EntityKey) -> bytes:
    """Return a serialized entity key, from the entity's :func:`key_prefix`."""
    if isinstance(key, str):
        text = key.encode()
        return b"%b%b%b" % (prefix, struct.pack("<II", _TEXT, len(text)), text)
    return prefix + struct.pack("<IIq", _INT64, 8, key)


def decode_key(prefix: bytes, content: bytes) -> EntityKey:
    """Return the key that :func:`encode_key` has serialized.

    Raises:
        ValueError, struct.error: the content is no key of the prefix's entity.
    """
    if not content.startswith(prefix):
        raise ValueError("found the key of another entity")
    kind, size = struct.unpack_from("<II", content, len(prefix))
    value = content[len(prefix) + 8 :]
    if len(value) != size or kind not in (_TEXT, _INT64):
        raise ValueError(f"found a key of Feast's type {kind}, allowed are texts and integers")
    return value.decode() if kind == _TEXT else int(struct.unpack("<q", value)[0])


def redis_field(view: str, feature: str) -> bytes:
    """Return the field of a Redis hash that holds a feature."""
    return mmh3.hash(f"{view}:{feature}", signed=False).to_bytes(4, "little")


def encode_value(value: float | None) -> bytes:
    """Return a stored number; a null is an empty message."""
    return b"" if value is None else DOUBLE_TAG + struct.pack("<d", value)


def decode_value(content: bytes | None) -> float | None:
    """Return a stored number, also 0 or 1 for a boolean; None for a null or an absent value.

    Raises:
        ValueError: the value is a text, a list or the like.
    """
    if not content:
        return None
    if len(content) == 9 and content[:1] == DOUBLE_TAG:
        return float(struct.unpack_from("<d", content, 1)[0])
    field, value = list(_fields(content))[-1]
    if field == _NULL:
        return None
    if field == _FLOAT and isinstance(value, bytes):
        return float(struct.unpack("<f", value)[0])
    if field in _INTEGERS and isinstance(value, int):
        return float(value)
    raise ValueError(f"found a value of Feast's type {field}, allowed are numbers")


def decode_doubles(contents: Sequence[bytes | None]) -> Sequence[float | None] | None:
    """Return numbers that are all doubles, which is the usual and the fastest case; else None."""
    try:
        joined = b"".join(contents)  # type: ignore[arg-type]
    except TypeError:  # an absent value
        return None
    count = len(contents)
    if joined[::9] != DOUBLE_TAG * count or set(map(len, contents)) != {9}:  # type: ignore[arg-type]
        return None
    return _unpacker(count)(joined)


@cache
def _unpacker(count: int) -> Callable[[bytes], tuple[float, ...]]:
    return struct.Struct("<" + "xd" * count).unpack


@lru_cache(4096)
def decode_time(content: bytes) -> float:
    """Return a time of a Redis hash, in seconds since 1970."""
    parts = dict(_fields(content))
    return int(parts.get(1, 0)) + int(parts.get(2, 0)) / 1e9


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the numbers and values of a message's fields."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        field, wire_type = tag >> 3, tag & 7
        if wire_type == _VARINT:
            number, position = _varint(message, position)
            yield field, number - 2**64 if number >= 2**63 else number
            continue
        size = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}.get(wire_type)
        if wire_type == _LENGTH_PREFIXED:
            size, position = _varint(message, position)
        if size is None or position + size > len(message):
            raise ValueError("found a message that is no protocol buffer")
        yield field, message[position : position + size]
        position += size


def _varint(message: bytes, position: int) -> tuple[int, int]:
    """Return the number at a position, and the position after it."""
    number = shift = 0
    while position < len(message):
        byte = message[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, position
        shift += 7
    raise ValueError("found a message that is no protocol buffer")
