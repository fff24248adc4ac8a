"""A circuit breaker (Nygard, Release It!): who is away is not asked again and again."""

import time

_FAILURES = 3
_PAUSE_S = 1.0


class CircuitBreaker:
    """Opens after three failures in a row; a second later one trial decides."""

    def __init__(self) -> None:
        self._failures = 0
        self._closes_at = 0.0
        self._trial = False

    @property
    def is_open(self) -> bool:
        """Whether nobody should ask now; False lets one caller of an open breaker try."""
        if self._failures < _FAILURES:
            return False
        if self._trial or time.monotonic() < self._closes_at:
            return True
        self._trial = True
        return False

    def succeeded(self) -> None:
        """A call was answered."""
        self._failures = 0
        self._trial = False

    def failed(self) -> None:
        """A call failed, or took too long."""
        self._failures += 1
        self._trial = False
        self._closes_at = time.monotonic() + _PAUSE_S
