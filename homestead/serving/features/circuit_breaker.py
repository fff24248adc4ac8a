"""A circuit breaker (Nygard, Release It!) for calls to a service that may be unavailable."""

import time

_MAX_FAILURES = 3
_OPEN_S = 1.0


class CircuitBreaker:
    """Opens after three consecutive failures; after a second, a single trial call decides.

    Each call that :attr:`is_open` permits must be followed by one of the ``record_`` methods.
    """

    def __init__(self) -> None:
        self._consecutive_failures = 0
        self._open_until = 0.0
        self._is_trial_running = False

    @property
    def is_open(self) -> bool:
        """Whether the service must not be called now; False makes the caller the trial call."""
        if self._consecutive_failures < _MAX_FAILURES:
            return False
        if self._is_trial_running or time.monotonic() < self._open_until:
            return True
        self._is_trial_running = True
        return False

    def record_success(self) -> None:
        """Close the breaker after a call that was answered."""
        self._consecutive_failures = 0
        self._is_trial_running = False

    def record_failure(self) -> None:
        """Count a call that failed or timed out."""
        self._consecutive_failures += 1
        self._is_trial_running = False
        self._open_until = time.monotonic() + _OPEN_S
