"""Missing values: empty fields and nulls, words for them, and markers that a problem declares."""

from collections.abc import Collection
from decimal import Decimal

import pandas as pd

from homestead.problem.sections.column import Column
from homestead.problem.values.missing_words import MISSING_WORDS, marker_numbers


def is_present(values: pd.Series, column: Column, markers: Collection[str]) -> pd.Series:
    """Return which values are there, before their conversion.

    Args:
        markers: what stands for a missing value, beside :data:`MISSING_WORDS`; a number stands for
            all of its forms.
    """
    present = values.notna()
    numbers = marker_numbers(markers)
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return present & ~values.isin(numbers).astype(bool) if numbers else present
    if not (
        pd.api.types.is_object_dtype(values)
        or pd.api.types.is_string_dtype(values)
        or isinstance(values.dtype, pd.CategoricalDtype)
    ):
        return present
    words = [""] if column.type in ("category", "text") else ["", *MISSING_WORDS]
    words = [word for word in words if word not in (column.allowed or ())]
    present &= ~values.isin([*words, *markers])
    if numbers and pd.api.types.is_object_dtype(values):
        present &= ~values.map(lambda value: _is_number(value) and value in numbers)
    return present


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
