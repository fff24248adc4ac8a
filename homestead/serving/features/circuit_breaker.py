"""A circuit breaker (Nygard, Release It!) for calls to a service that may be unavailable."""

import time
from collections.abc import Callable

_MAX_FAILURES = 3
_OPEN_S = 1.0


class CircuitBreaker:
    """Opens after three consecutive failures; after a second, a trial call decides.

    A trial is a lease: if its outcome is not recorded within a second, whatever became of it,
    another call may try.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start closed; ``clock`` returns seconds and never goes back."""
        self._clock = clock
        self._consecutive_failures = 0
        self._next_trial_at = 0.0

    def permit_call(self) -> bool:
        """Return whether the service may be called now; True makes the caller the trial call."""
        if self._consecutive_failures < _MAX_FAILURES:
            return True
        now = self._clock()
        if now < self._next_trial_at:
            return False
        self._next_trial_at = now + _OPEN_S
        return True

    def record_success(self) -> None:
        """Close the breaker after a call that was answered."""
        self._consecutive_failures = 0

    def record_failure(self) -> None:
        """Count a call that failed or timed out."""
        self._consecutive_failures += 1
        self._next_trial_at = self._clock() + _OPEN_S
