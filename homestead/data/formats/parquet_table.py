"""Parquet files as tables with exact integers and times."""

import io

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from homestead.errors import UserError

ROW = "row"

# Nullable types of pandas, in which a missing value turns no integer into a float.
_EXACT_TYPES = {
    pa.bool_(): pd.BooleanDtype(),
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.uint8(): pd.UInt8Dtype(),
    pa.uint16(): pd.UInt16Dtype(),
    pa.uint32(): pd.UInt32Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
}


def read_parquet(content: bytes, uri: str) -> pd.DataFrame:
    """Return the table; the index ``row`` counts its rows from 1.

    Raises:
        UserError: the file is no Parquet table.
    """
    try:
        # Spark's older times are 96 bits long; in nanoseconds the year 9999 would wrap around.
        table = pq.read_table(io.BytesIO(content), coerce_int96_timestamp_unit="us")
        frame = exact_frame(table)
    except (ValueError, OSError, NotImplementedError) as error:
        reason = str(error).partition("\n")[0]
        raise UserError(f"{uri}: not a parquet table: {reason}") from None
    frame.index = pd.RangeIndex(1, len(frame) + 1, name=ROW)
    return frame


def exact_frame(table: pa.Table) -> pd.DataFrame:
    """Return an Arrow table in types of pandas that hold its values exactly."""
    frame: pd.DataFrame = _in_utc(table).to_pandas(
        types_mapper=_EXACT_TYPES.get, ignore_metadata=True, date_as_object=False
    )
    for field in table.schema:
        if pa.types.is_nested(field.type):
            # No type of column holds lists or structures; as texts they are bad values by name.
            frame[field.name] = frame[field.name].map(str, na_action="ignore")
    return frame


def _in_utc(table: pa.Table) -> pa.Table:
    """Return the table with times of any zone in UTC; pandas crashes on far years in others."""
    for position, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz:
            times = table.column(position).cast(pa.timestamp(field.type.unit, "UTC"))
            table = table.set_column(position, field.name, times)
    return table
