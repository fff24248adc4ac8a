"""Values of a pandas column as JSON values, without an import of pandas."""

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def json_values(series: "pd.Series[Any]") -> list[Any]:
    """Return a column's values as a request has them, (rows,).

    A missing value is None, a time its text in ISO 8601, a period the text of its start, and a
    decimal number a float.
    """
    if hasattr(series.dtype, "freq"):  # periods
        series = series.dt.to_timestamp()
    return [
        None if missing else _json_value(value)
        for value, missing in zip(series.tolist(), series.isna().tolist(), strict=True)
    ]


def _json_value(value: Any) -> Any:
    if isinstance(value, dt.datetime | dt.date | dt.time):  # a Timestamp is a datetime
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    # Of the scalars of numpy, which an object column may hold.
    return value.item() if hasattr(value, "item") else value
