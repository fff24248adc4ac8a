"""Parquet files as tables with exact integers and times."""

import io

import pandas as pd
import pyarrow.parquet as pq

from homestead.data.exact_frame import ROW, exact_frame
from homestead.errors import UserError


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
