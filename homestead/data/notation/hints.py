"""Keys of the problem file that a column without any readable value seems to need."""

import pandas as pd

from homestead.data.recognition.formats import recognise_decimal
from homestead.data.recognition.times import recognise_epoch, recognise_times
from homestead.problem.sections.column import Column

_LOOKED_AT = 1000


def notation_hint(found: pd.Series, name: str, column: Column) -> str:
    """Return the key to write for a column's values, empty if none is recognised.

    Args:
        found: the values that cannot be read.
        name: the column's name.
    """
    first = found.iloc[:_LOOKED_AT]
    texts = [value for value in first if isinstance(value, str)]
    if column.type in ("integer", "number") and texts:
        decimal, thousands = recognise_decimal(texts) or (".", None)
        keys = [f"decimal: {decimal!r}"] if decimal != "." else []
        keys += [f"thousands: {thousands!r}"] if thousands else []
        return f"write format: {{{', '.join(keys)}}}" if keys else ""
    if column.type == "timestamp":
        return _time_hint(first, texts, f"columns.{name}.time_format")
    return ""


def _time_hint(first: pd.Series, texts: list[str], key: str) -> str:
    if len(texts) == len(first) and (times := recognise_times(texts)):
        if times.ambiguous:
            return f"write {key}: {' or '.join(map(repr, times.ambiguous))}; all values fit both"
        return f"write {key}: {times.time_format!r}" if times.time_format else ""
    numbers = pd.to_numeric(first, errors="coerce")
    unit = None if numbers.isna().any() else recognise_epoch(numbers)
    return f"write {key}: {unit}" if unit else ""
