"""View models: requests, and how long they took."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class PredictionView:
    """A logged prediction; ``at`` in seconds since 1970."""

    prediction_id: str
    row: int
    at: float
    version: str
    entity: str | None
    prediction: float | None
    label: str | None
    latency_s: float | None


@dataclass(frozen=True)
class LatencyView:
    """Latencies in seconds.

    Attributes:
        source: what was measured, and since when.
        left_out: values that are no numbers.
    """

    source: str
    requests: int
    p50: float | None
    p90: float | None
    p99: float | None
    left_out: int = 0


@dataclass(frozen=True)
class TrafficView:
    """Requests over time by version.

    Attributes:
        start: of the first count, seconds since 1970.
        width_s: what each count spans.
        versions: counts by version, the newest version first.
        last_at: of the newest request in the log, also one before the window.
    """

    window: str
    start: float
    width_s: float
    versions: dict[str, list[int]]
    recent: Sequence[PredictionView]
    last_at: float | None
    latencies: Sequence[LatencyView] = ()
    latency_note: str = ""

    @property
    def total(self) -> int:
        """Requests in the window."""
        return sum(map(sum, self.versions.values()))
