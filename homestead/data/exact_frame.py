"""Arrow's tables in types of pandas that hold their values exactly."""

import pandas as pd
import pyarrow as pa

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
