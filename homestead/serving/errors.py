"""The error of a request that gets no prediction."""


class RefusedError(Exception):
    """Reason why a request gets no prediction; its text goes to the client.

    Attributes:
        status: HTTP status: 4xx for the client's mistake, 503 for what is unavailable now.
        reason: a short word, the label of the metric that counts it.
        headers: complete header lines that belong to the response.
    """

    def __init__(self, status: int, reason: str, message: str, headers: bytes = b"") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.headers = headers

    def prefixed(self, where: str) -> "RefusedError":
        """Return a copy whose message begins with the place of the mistake."""
        return RefusedError(self.status, self.reason, f"{where}{self}", self.headers)


class StoreUnavailableError(RefusedError):
    """The feature store cannot be read now."""

    def __init__(self, message: str) -> None:
        super().__init__(503, "features", f"{message}; try again")
