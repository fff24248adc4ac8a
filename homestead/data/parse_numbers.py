"""Numbers from a table's values, exactly: integers never pass through a float.

Whatever is not a number becomes missing: texts such as ``1_000``, ``1,5`` or ``0x10``, truth
values, times and durations, infinity, and integers beyond 64 bits.
"""

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from homestead.problem.entity_keys import MAX_EXACT_FLOAT, MAX_KEY, MIN_KEY

_NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,6})?\s*")
# Common forms, which Arrow converts many times faster than Python.
PLAIN_INTEGER = r"^-?[0-9]{1,18}$"
PLAIN_NUMBER = r"^-?[0-9]{1,15}(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,2})?$"


def parse_integers(values: pd.Series) -> pd.Series:
    """Return whole numbers as ``Int64``; a float counts if it is whole and below 2^53."""
    if _is_other_than_number(values):
        return pd.Series(pd.NA, index=values.index, dtype="Int64")
    if pd.api.types.is_unsigned_integer_dtype(values):
        exact = values.astype("UInt64")
        return exact.where(exact <= MAX_KEY).astype("Int64")
    if pd.api.types.is_integer_dtype(values):
        return values.astype("Int64")
    if pd.api.types.is_float_dtype(values):
        numbers = values.astype("Float64").astype(float)
        is_exact = (numbers % 1 == 0) & (numbers.abs() < MAX_EXACT_FLOAT)
        return numbers.where(is_exact).astype("Int64")
    return _parse(values, PLAIN_INTEGER, pa.int64(), _integer).astype("Int64")


def parse_numbers(values: pd.Series) -> pd.Series:
    """Return numbers as float64."""
    if _is_other_than_number(values):
        return pd.Series(np.nan, index=values.index)
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.astype("Float64").astype(float)
    else:
        numbers = _parse(values, PLAIN_NUMBER, pa.float64(), _float).astype(float)
    return numbers.where(np.isfinite(numbers))


def _is_other_than_number(values: pd.Series) -> bool:
    types = pd.api.types
    return (
        types.is_bool_dtype(values)
        or types.is_datetime64_any_dtype(values)
        or types.is_timedelta64_dtype(values)
    )


def _parse(
    values: pd.Series, plain: str, number_type: pa.DataType, parse: Callable[[Any], Any]
) -> pd.Series:
    """Return the numbers, those in plain form by Arrow and the others by ``parse``."""
    if pd.api.types.infer_dtype(values, skipna=True) != "string":
        return pd.Series([parse(value) for value in values], index=values.index, dtype=object)
    texts = pa.array(values.astype(object), pa.string(), from_pandas=True)
    is_plain = pc.fill_null(pc.match_substring_regex(texts, plain), False)
    numbers = pc.if_else(is_plain, texts, None).cast(number_type)
    mask = is_plain.to_numpy(zero_copy_only=False)
    filled = pc.fill_null(numbers, 0).to_numpy(zero_copy_only=False)
    if mask.all():
        return pd.Series(filled, index=values.index)
    result = pd.Series(filled, index=values.index).astype(object)
    result[~mask] = [parse(value) for value in values[~mask]]
    return result


def _number(value: Any) -> Decimal | None:
    """Return a value exactly if it is a finite number or the text of one."""
    if isinstance(value, str):
        return Decimal(value.strip()) if _NUMBER.fullmatch(value) else None
    if isinstance(value, bool | np.bool_ | np.timedelta64):
        return None
    if isinstance(value, np.number):
        value = value.item()
    if not isinstance(value, int | float | Decimal) or not math.isfinite(value):
        return None
    return Decimal(value)


def _integer(value: Any) -> int | None:
    number = _number(value)
    if number is None or not MIN_KEY <= number <= MAX_KEY:
        return None
    if isinstance(value, float) and abs(value) >= MAX_EXACT_FLOAT:
        return None
    # Compared as integers: Decimal's remainder is limited to 28 digits.
    whole = int(number)
    return whole if whole == number else None


def _float(value: Any) -> float | None:
    number = _number(value)
    return None if number is None else float(number)
