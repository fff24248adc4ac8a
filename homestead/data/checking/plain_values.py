"""Values in common forms, converted and checked by Arrow: all but those that may be bad.

Whatever is in another form, missing or outside of its rules is left to the rules of
:mod:`homestead.data.column_types` and :mod:`homestead.data.row_rules`, which name what is wrong.
"""

from collections.abc import Sequence
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from homestead.data.parse_numbers import PLAIN_INTEGER, PLAIN_NUMBER
from homestead.problem.sections.column import Column
from homestead.problem.sections.source_format import SourceFormat
from homestead.problem.values.missing_words import marker_numbers

# The type of a column in tables, by the problem's name of it.
ARROW_TYPES = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "category": pa.string(),
    "text": pa.string(),
    "timestamp": pa.timestamp("us"),
}
_INTEGERS = {pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32()}


def plain_values(
    values: pa.Array, column: Column, source_format: SourceFormat, is_positive: bool
) -> tuple[pa.Array, np.ndarray] | None:
    """Convert the values that are certainly good.

    Args:
        values: as read, shape (rows,).
        column: its rules; a nullable one may lack values.
        is_positive: whether they must be above 0.

    Returns:
        The values in the column's type, missing where they are missing or may be bad, and whether
        each may be bad, shape (rows,); None if Arrow cannot tell for this column.
    """
    converted = _convert(values, column, source_format)
    if converted is None:
        return None
    good = [pc.is_valid(converted), *_rules(converted, column, is_positive)]
    numbers = marker_numbers((*column.missing, *source_format.missing))
    if numbers and column.type != "boolean":
        floats = pa.array([float(number) for number in numbers], pa.float64())
        # As floats several integers may equal a marker; the rules tell which one does.
        as_floats = converted.cast(pa.float64(), safe=False)
        good.append(pc.invert(pc.is_in(as_floats, value_set=floats)))
    is_good = pc.fill_null(reduce(pc.and_kleene, good), False)
    if column.nullable:
        is_empty = pc.is_null(values)
        if pa.types.is_string(values.type):
            is_empty = pc.or_(is_empty, pc.fill_null(pc.equal(values, ""), False))
        is_good = pc.or_(is_good, is_empty)
    is_suspicious = ~is_good.to_numpy(zero_copy_only=False)
    if is_suspicious.any():
        converted = pc.if_else(is_good, converted, pa.scalar(None, converted.type))
    return converted, is_suspicious


def _convert(values: pa.Array, column: Column, source_format: SourceFormat) -> pa.Array | None:
    """Return the values in the column's type, missing where they have no plain form."""
    if column.type == "boolean" and pa.types.is_boolean(values.type):
        return values
    if column.type not in ("integer", "number"):
        return None
    target = ARROW_TYPES[column.type]
    if values.type in _INTEGERS and column.type == "integer":
        return values.cast(target)
    if column.type == "number" and values.type == pa.float64():
        return pc.if_else(pc.is_finite(values), values, pa.scalar(None, target))
    if not pa.types.is_string(values.type) or source_format.decimal != ".":
        return None
    if source_format.thousands is not None:
        return None
    form = PLAIN_INTEGER if column.type == "integer" else PLAIN_NUMBER
    is_plain = pc.match_substring_regex(values, form)
    return pc.if_else(is_plain, values, pa.scalar(None, pa.string())).cast(target)


def _rules(converted: pa.Array, column: Column, is_positive: bool) -> Sequence[pa.Array]:
    """Return for each rule which values keep it."""
    rules = []
    if is_positive:
        rules.append(pc.greater(converted, 0))
    if column.range:
        low, high = (pa.scalar(bound, pa.float64()) for bound in column.range)
        as_floats = converted.cast(pa.float64(), safe=False)
        rules += [pc.greater_equal(as_floats, low), pc.less_equal(as_floats, high)]
    if column.allowed and not column.takes_unseen:
        allowed = pa.array([int(text) for text in column.allowed], pa.int64())
        rules.append(pc.is_in(converted, value_set=allowed))
    return rules
