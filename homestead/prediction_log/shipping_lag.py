"""How far shipping lags behind, measured by the process that writes.

The shipper is another process, which may be stopped or stuck: what it does not say counts as not
shipped.
"""

from collections import deque
from dataclasses import dataclass

from homestead.prediction_log.shipping_status import ShippingStatus
from homestead.prediction_log.spool import SpoolPosition

# With a sample each half second, the age stays exact for 17 minutes, then by the minute.
_MAX_SAMPLES = 2048


@dataclass(frozen=True)
class _Sample:
    """Lines written up to a place; none of them before ``since_s``."""

    end: SpoolPosition
    total_rows: int
    since_s: float


class ShippingLag:
    """Compares what was written, sampled now and then, with what was shipped.

    Attributes:
        status: the latest that the shipper told.
    """

    def __init__(self, now_s: float, end: SpoolPosition) -> None:
        """Begin with an empty spool that ends at ``end``; times are in seconds since 1970."""
        self._unshipped: deque[_Sample] = deque()
        self._end = end
        self._written_rows = self._shipped_rows = 0
        self._sampled_s = now_s
        self.status = ShippingStatus()

    def sample(self, end: SpoolPosition, total_rows: int, now_s: float) -> None:
        """Take note of the place behind the last line and of the rows written in all."""
        if end != self._end:
            self._unshipped.append(_Sample(end, total_rows, self._sampled_s))
            self._end, self._written_rows = end, total_rows
        self._sampled_s = now_s
        if len(self._unshipped) > _MAX_SAMPLES:
            self._merge()
        self._forget_shipped()

    def update(self, status: ShippingStatus) -> None:
        """Take note of what was shipped."""
        self.status = status
        self._forget_shipped()

    @property
    def rows(self) -> int:
        """Rows that have not reached the database."""
        return self._written_rows - self._shipped_rows + self.status.abandoned_rows

    def age_s(self, now_s: float) -> float:
        """Return the age of the oldest line that has not reached the database, 0 without one."""
        since = [sample.since_s for sample in list(self._unshipped)[:1]]
        if self.status.abandoned_since_s is not None:
            since.append(self.status.abandoned_since_s)
        return max(0.0, now_s - min(since)) if since else 0.0

    def _forget_shipped(self) -> None:
        shipped = self.status.shipped
        while shipped is not None and self._unshipped and self._unshipped[0].end <= shipped:
            self._shipped_rows = self._unshipped.popleft().total_rows

    def _merge(self) -> None:
        """Join samples in pairs: the first one's time, the second one's end."""
        samples = list(self._unshipped)
        pairs = zip(samples[::2], samples[1::2], strict=False)
        merged = [_Sample(last.end, last.total_rows, first.since_s) for first, last in pairs]
        self._unshipped = deque(merged + samples[len(merged) * 2 :])
