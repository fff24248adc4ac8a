"""Fields of a table's rows: what a request would hold of each, and the model's numbers of columns.

A cell is checked by the server's own check: of texts and times each distinct value once, of numbers
by the limits of that check for all rows at once. What it refuses, or might refuse, is irregular;
such rows are left to the server's :class:`homestead.serving.inputs.resolver.Resolver`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from homestead.client.frame_values import json_values
from homestead.data.column_types import convert_column
from homestead.data.parse_numbers import parse_numbers
from homestead.problem.contract import Contract
from homestead.problem.sections.column import Column
from homestead.problem.sections.source_format import SourceFormat
from homestead.problem.values.time_formats import EPOCH_UNITS
from homestead.scoring.inputs.request_cells import merged_cells, number_cells, plain_values
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import FieldCheck, number_limits
from homestead.serving.inputs.resolver import Resolver

_TEXT_TYPES = ("category", "text")
_NUMBER_TYPES = (bool, int, float, np.bool_, np.integer, np.floating)
# Of what an object of JSON does not hold.
_ABSENT = object()
# Kinds of columns in which equal values are one value.
_UNIFORM = ("string", "empty", "integer", "boolean")
_INT64 = np.iinfo(np.int64)


@dataclass(frozen=True)
class FieldValues:
    """One field of all rows; arrays have the shape (rows,).

    Attributes:
        numbers: the model's numbers, float64; without a meaning where a row is irregular.
        is_present: whether there is a value.
        is_given: whether the row holds the field.
        is_regular: whether the number is what the server's check returns, or there is none.
        json: what a request holds, None for a missing value.
        keys: the values as keys of an entity: texts, exact integers, or None.
    """

    numbers: np.ndarray
    is_present: np.ndarray
    is_given: np.ndarray
    is_regular: np.ndarray
    json: pd.Series
    keys: pd.Series


class FieldReader:
    """Reads the fields of one contract from tables."""

    def __init__(self, resolver: Resolver, source_format: SourceFormat) -> None:
        """Prepare for a contract.

        Args:
            source_format: how numbers and missing values of text files are written.
        """
        self._contract: Contract = resolver.contract
        self._checks: Mapping[str, FieldCheck] = resolver.checks
        self._nullable = resolver.nullable_fields
        self._format = source_format

    def read(
        self, rows: pd.DataFrame, given: Sequence[Mapping[str, Any]] | None = None
    ) -> dict[str, FieldValues]:
        """Return the fields that a table has, by name.

        An empty cell of a field that may not be missing is left out of its row, so that a table can
        hold rows of a key alone beside complete ones.

        Args:
            rows: their columns as they were read, with an index from 0.
            given: the rows as objects of JSON, whose null is a null; None for rows of a table.
        """
        fields = {
            str(name): self._field(rows[name], str(name))
            for name in rows.columns
            if name in self._checks
        }
        if given is None:
            return fields
        return {name: self._of_json(name, found, given) for name, found in fields.items()}

    def _of_json(
        self, name: str, found: FieldValues, given: Sequence[Mapping[str, Any]]
    ) -> FieldValues:
        """Return a field of objects of JSON: regular where the server reads what a table means."""
        column = self._contract.columns.get(name)
        is_number = column is None or column.type not in (*_TEXT_TYPES, "timestamp")
        others = (list, dict, str) if is_number else (list, dict)
        cells = [row.get(name, _ABSENT) for row in given]
        is_held = np.array([cell is not _ABSENT for cell in cells], dtype=bool)
        is_null = np.array([cell is None for cell in cells], dtype=bool)
        is_plain = np.array([not isinstance(cell, others) for cell in cells], dtype=bool)
        is_value = found.is_regular & found.is_present & is_plain
        is_regular = ~is_held | is_value | (is_null & (name in self._nullable))
        return replace(found, is_given=is_held, is_regular=is_regular)

    def _field(self, values: pd.Series, name: str) -> FieldValues:
        column = self._contract.columns.get(name)
        check, is_nullable = self._checks[name], name in self._nullable
        if column is not None and column.type in _TEXT_TYPES:
            present, json = _texts(values, name, column, self._format)
            numbers, is_regular = _checked(json, present, check)
            keys = json
        elif column is not None and column.type == "timestamp":
            present, json = _times(values, name, column, self._format)
            numbers, is_regular = _checked(json, present, check)
            keys = pd.Series(numbers)
        else:
            present, converted = _numbers(values, name, column, self._format)
            is_number = converted.notna().to_numpy(bool)
            is_regular, numbers = _in_limits(converted, is_number, column)
            is_regular |= ~present
            json = number_cells(converted, is_number, values, present)
            keys = _number_keys(converted, column)
        is_given = present | is_nullable
        return FieldValues(
            np.where(present, numbers, np.nan),
            present,
            is_given,
            is_regular | ~is_given,
            json,
            keys,
        )


def _texts(
    values: pd.Series, name: str, column: Column, source_format: SourceFormat
) -> tuple[np.ndarray, pd.Series]:
    """Return which values are there, and the texts."""
    found, converted, _ = convert_column(values, name, column, source_format)
    is_text = converted.notna().to_numpy(bool)
    is_present = found.to_numpy(bool)
    texts = merged_cells(converted.astype(object), is_text, values, is_present)
    if not pd.api.types.is_string_dtype(values) or values.dtype == object:
        # Numbers and booleans are left for the server's check, which reads them as tables do.
        is_other = np.array([isinstance(v, _NUMBER_TYPES) for v in values], dtype=bool)
        if (is_other & is_present).any():
            texts = texts.copy()
            texts[is_other & is_present] = json_values(values[is_other & is_present])
    return is_present, texts


def _times(
    values: pd.Series, name: str, column: Column, source_format: SourceFormat
) -> tuple[np.ndarray, pd.Series]:
    """Return which values are there, and how a request writes them."""
    if pd.api.types.is_datetime64_any_dtype(values):
        present = values.notna().to_numpy(bool)
        form = column.time_format
        if form and form not in EPOCH_UNITS:
            if values.dt.tz is not None:
                values = values.dt.tz_convert(column.time_zone or "UTC")
            return present, values.dt.strftime(form).where(present, None)
        codes, distinct = pd.factorize(values)
        texts = np.array([*json_values(pd.Series(distinct)), None], dtype=object)
        return present, pd.Series(texts[codes], dtype=object)
    found, _, _ = convert_column(values, name, column, source_format)
    return found.to_numpy(bool), plain_values(values)


def _numbers(
    values: pd.Series, name: str, column: Column | None, source_format: SourceFormat
) -> tuple[np.ndarray, pd.Series]:
    """Return which values are there, and the numbers among them."""
    if column is None:
        return values.notna().to_numpy(bool), parse_numbers(values)
    present, converted, _ = convert_column(values, name, column, source_format)
    return present.to_numpy(bool), converted


def _checked(
    values: pd.Series, present: np.ndarray, check: FieldCheck
) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of a server's check, and for which rows it has one."""
    # By type and value: 1, 1.0 and True are one key of a dictionary.
    codes, distinct = pd.factorize(values.where(present, None))
    if pd.api.types.infer_dtype(distinct, skipna=True) not in _UNIFORM:
        cells = values.tolist()
        found = [
            _number_of(value, check) if is_there else 0.0
            for value, is_there in zip(cells, present.tolist(), strict=True)
        ]
        numbers = np.array([np.nan if n is None else n for n in found], dtype=float)
        return numbers, np.array([n is not None for n in found], dtype=bool)
    found = [_number_of(value, check) for value in distinct.tolist()]
    numbers = np.array([*(np.nan if n is None else n for n in found), np.nan], dtype=float)
    is_valid = np.array([*(n is not None for n in found), True], dtype=bool)
    return numbers[codes], is_valid[codes]


def _number_of(value: Any, check: FieldCheck) -> float | None:
    try:
        return check(value)
    except RefusedError:
        return None


def _in_limits(
    converted: pd.Series, is_number: np.ndarray, column: Column | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return which numbers the server accepts, and all as float64."""
    numbers = converted.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    if column is not None and column.type == "boolean":
        return is_number, numbers
    low, high = number_limits(column)
    if column is not None and column.type == "integer":
        # Compared as integers, which float64 cannot tell apart beyond 2^53.
        whole = converted.astype("Int64").to_numpy(dtype=np.int64, na_value=0)
        smallest = max(int(np.ceil(low)), _INT64.min) if low > _INT64.min else _INT64.min
        largest = min(int(np.floor(high)), _INT64.max) if high < _INT64.max else _INT64.max
        return is_number & (whole >= smallest) & (whole <= largest), numbers
    with np.errstate(invalid="ignore"):
        return is_number & (numbers >= low) & (numbers <= high), numbers


def _number_keys(converted: pd.Series, column: Column | None) -> pd.Series:
    if column is not None and column.type == "integer":
        return converted.astype("Int64")
    return converted
