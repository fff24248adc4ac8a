"""What a shipper tells the process whose spool it ships."""

import msgspec

from homestead.prediction_log.spool import SpoolPosition


class ShippingStatus(msgspec.Struct):
    """What was shipped, and what was not.

    Attributes:
        shipped: the place up to which the process's own lines were shipped or left out; None at
            the beginning.
        abandoned_rows: rows not shipped yet that other, ended processes left behind.
        abandoned_since_s: when the oldest of their segments was opened, in seconds since 1970.
        left_out_lines: lines that this shipper could not decode or the database rejected.
        lost_segments: segments that somebody deleted before they were shipped.
        set_aside_segments: segments with such lines that were kept.
    """

    shipped: SpoolPosition | None = None
    abandoned_rows: int = 0
    abandoned_since_s: float | None = None
    left_out_lines: int = 0
    lost_segments: int = 0
    set_aside_segments: int = 0
