"""Timeouts for clients that are slow or gone."""

# Seldon's executor keeps idle connections for 90 s; the server must not be the first to close.
KEEP_ALIVE_S = 120
# How long a client may leave responses unread without reading any of them.
UNREAD_S = 30
# How long incoming bytes are discarded after the last response: closing with unread input makes
# the kernel send a reset, which could overtake the response.
LINGER_S = 2


class UnreadResponses:
    """Detects a client that has stopped reading its responses."""

    def __init__(self) -> None:
        self._unread_bytes = 0
        self._unchanged_since = 0.0

    def are_stalled(self, unread_bytes: int, now: float) -> bool:
        """Whether the same number of bytes has been unread for too long.

        Args:
            unread_bytes: size of the transport's write buffer.
            now: the event loop's time in seconds.
        """
        if unread_bytes != self._unread_bytes:
            self._unread_bytes, self._unchanged_since = unread_bytes, now
            return False
        return unread_bytes > 0 and now - self._unchanged_since > UNREAD_S
