"""Who may send feedback, and how much of it."""

import time
from collections.abc import Callable

from homestead.serving.errors import RefusedError
from homestead.serving.http.request import HttpRequest
from homestead.serving.intake.bearer_token import has_token
from homestead.serving.request_limits import MAX_ROWS
from homestead.settings import Settings

# What may arrive at once, after a time without feedback.
_BURST_S = 10


class FeedbackGate:
    """Checks the token of feedback, if one is set, and bounds its rows per second."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._token = settings.feedback_token.encode()
        self._rate = settings.feedback_rows_per_s
        # A message of the greatest size must pass.
        self._burst = max(self._rate * _BURST_S, MAX_ROWS)
        self._clock = clock
        self._budget_rows = self._burst
        self._refilled_at = clock()

    def check_token(self, http: HttpRequest) -> None:
        """Check the header ``Authorization: Bearer …``, in a time that does not tell the token.

        Raises:
            RefusedError: a token is set, and the request has none or another one.
        """
        if self._token and not has_token(http, self._token):
            raise RefusedError(
                401,
                "token",
                "feedback needs the header Authorization: Bearer with the server's token",
                b'www-authenticate: Bearer realm="feedback"\r\n',
            )

    def admit(self, rows: int) -> None:
        """Count the rows of a message.

        Raises:
            RefusedError: there are more than the settings allow.
        """
        if not self._rate:
            return
        now = self._clock()
        refill = (now - self._refilled_at) * self._rate
        self._refilled_at = now
        self._budget_rows = min(self._budget_rows + refill, self._burst)
        if rows > self._budget_rows:
            wait_s = int((rows - self._budget_rows) / self._rate) + 1
            raise RefusedError(
                429,
                "rate",
                f"feedback is limited to {self._rate:g} rows per second",
                b"retry-after: %d\r\n" % wait_s,
            )
        self._budget_rows -= rows
