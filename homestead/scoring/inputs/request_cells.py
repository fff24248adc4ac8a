"""Cells of a table as a request of its row would hold them."""

import numpy as np
import pandas as pd

from homestead.client.frame_values import json_values


def number_cells(
    converted: pd.Series, is_number: np.ndarray, values: pd.Series, present: np.ndarray
) -> pd.Series:
    """Return what requests hold: values as they are, and the numbers of texts that are some."""
    if not (values.dtype == object or pd.api.types.is_string_dtype(values)):
        return values
    is_text = np.array([isinstance(value, str) for value in values], dtype=bool)
    return merged_cells(converted, is_number & is_text, values, present)


def merged_cells(
    converted: pd.Series, is_converted: np.ndarray, values: pd.Series, present: np.ndarray
) -> pd.Series:
    """Return converted values, what stands in the table where there is none, None for missing."""
    if is_converted.all():
        return converted
    merged = converted.astype(object).where(is_converted, None)
    others = present & ~is_converted
    if others.any():
        merged[others] = json_values(values[others])
    return merged


def plain_values(values: pd.Series) -> pd.Series:
    """Return a column that is no text of a file as requests hold it."""
    if isinstance(values.dtype, pd.ArrowDtype | pd.StringDtype):
        return values.astype(object)
    return pd.Series(json_values(values), dtype=object)
