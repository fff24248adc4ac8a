"""Values of queries as columns of Arrow that hold them exactly, whatever a database yields.

A column whose values are of one type has that type, once all rows are there. Until then a piece of
it is in a form that DuckDB carries without a change. SQLite may yield integers, floats and texts in
one column, and any database integers beyond 64 bits: such a column holds texts with a mark of
their type, from which the same Python objects are made again.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

import pyarrow as pa

# The type of marked texts: Arrow infers it from no value.
MARKED: Final = pa.large_string()
_MAX_DIGITS: Final = 76
_MICROSECOND: Final = timedelta(microseconds=1)
_WRITE: Final[dict[type, Callable[[Any], str]]] = {
    bool: lambda value: f"B{int(value)}",
    int: lambda value: f"i{value}",
    float: lambda value: f"f{value.hex()}",
    str: lambda value: f"s{value}",
    bytes: lambda value: f"b{value.hex()}",
    Decimal: lambda value: f"n{value}",
    datetime: lambda value: f"T{value.isoformat()}",
    date: lambda value: f"D{value.isoformat()}",
    time: lambda value: f"t{value.isoformat()}",
    timedelta: lambda value: f"d{value // _MICROSECOND}",
}
_READ: Final[dict[str, Callable[[str], Any]]] = {
    "B": lambda text: text == "1",
    "i": int,
    "f": float.fromhex,
    "s": str,
    "b": bytes.fromhex,
    "n": Decimal,
    "T": datetime.fromisoformat,
    "D": date.fromisoformat,
    "t": time.fromisoformat,
    "d": lambda text: int(text) * _MICROSECOND,
}


class Piece(NamedTuple):
    """Some values of a column.

    Attributes:
        carried: the values in :func:`carried_type`, shape (rows,).
        kind: their type; :data:`MARKED` if no other holds them.
    """

    carried: pa.Array
    kind: pa.DataType


def piece(values: Sequence[Any]) -> Piece:
    """Return some values of a column.

    Args:
        values: Python objects or None. Any but numbers, truth values, texts, bytes and times are
            kept as their texts.
    """
    if len({type(value) for value in values if value is not None}) > 1:
        return Piece(_marked(values), MARKED)
    try:
        array = pa.array(values)
    except (pa.ArrowException, OverflowError, TypeError):  # TypeError: infinite decimals
        return Piece(_marked(values), MARKED)
    if pa.types.is_nested(array.type):
        return Piece(_marked(values), MARKED)
    # Of decimals the digits as they are: the scale of all is not known yet.
    is_marked = carried_type(array.type) == MARKED
    return Piece(_marked(values) if is_marked else _carried(array), array.type)


def carried_type(kind: pa.DataType) -> pa.DataType:
    """Return the type in which values are on their way: DuckDB knows no zones and durations."""
    if pa.types.is_decimal(kind):
        return MARKED
    is_zoned = pa.types.is_timestamp(kind) and kind.tz is not None
    return pa.int64() if is_zoned or pa.types.is_duration(kind) else kind


def common_kind(kinds: Iterable[pa.DataType]) -> pa.DataType:
    """Return the type that holds the values of several pieces of a column exactly."""
    common = pa.null()
    for kind in kinds:
        if pa.types.is_null(common) or common == kind:
            common = kind
        elif pa.types.is_decimal(common) and pa.types.is_decimal(kind):
            common = _common_decimal(common, kind)
        elif not pa.types.is_null(kind):
            common = MARKED
    return common


def recarried(carried: pa.Array, kind: pa.DataType, common: pa.DataType) -> pa.Array:
    """Return a piece of one type as a piece of the :func:`common_kind` of all."""
    target = carried_type(common)
    if carried_type(kind) == target or pa.types.is_null(kind):
        return carried.cast(target)
    return _marked(restored(carried, kind).to_pylist())


def restored(carried: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return carried values in their type."""
    if pa.types.is_decimal(kind):
        return pa.array(marked_values(carried.to_pylist()), kind)
    return carried.cast(kind)


def marked_values(texts: Iterable[str | None]) -> list[Any]:
    """Return the Python objects that marked texts stand for."""
    return [None if text is None else _READ[text[0]](text[1:]) for text in texts]


def _carried(array: pa.Array) -> pa.Array:
    return array.cast(carried_type(array.type))


def _marked(values: Iterable[Any]) -> pa.Array:
    texts = [None if value is None else _WRITE.get(type(value), _other)(value) for value in values]
    return pa.array(texts, MARKED)


def _other(value: Any) -> str:
    return f"s{value}"


def _common_decimal(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """Return the decimals with the digits of both, as Arrow infers them from all values."""
    scale = max(one.scale, other.scale)
    precision = max(one.precision - one.scale, other.precision - other.scale) + scale
    if precision > _MAX_DIGITS:
        return MARKED
    return pa.decimal128(precision, scale) if precision <= 38 else pa.decimal256(precision, scale)
