"""A request that gets no prediction."""


class RefusedError(Exception):
    """Says why a request gets no prediction.

    Attributes:
        status: HTTP status, 4xx for the client's mistake, 503 for what is not there now.
        reason: a short word for the metric.
    """

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason

    def of(self, where: str) -> "RefusedError":
        """The same, with the place ahead of its message."""
        return RefusedError(self.status, self.reason, f"{where}{self}")
