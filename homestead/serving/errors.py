"""The error of a request that gets no prediction."""

from homestead.release.evidence import FailureKind


class RefusedError(Exception):
    """Reason why a request gets no prediction; its text goes to the client.

    Attributes:
        status: HTTP status: 4xx for the client's mistake, 503 for what is unavailable now.
        reason: a short word, the label of the metric that counts it.
        headers: complete header lines that belong to the response.
        failure: what kind of failure of a model it is, if another one answers the same request.
    """

    failure: FailureKind = "refused"

    def __init__(self, status: int, reason: str, message: str, headers: bytes = b"") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.headers = headers

    def prefixed(self, where: str) -> "RefusedError":
        """Return a copy whose message begins with the place of the mistake."""
        error = RefusedError(self.status, self.reason, f"{where}{self}", self.headers)
        error.failure = self.failure
        return error


class StoreUnavailableError(RefusedError):
    """The feature store cannot be read now."""

    failure: FailureKind = "error"

    def __init__(self, message: str) -> None:
        super().__init__(503, "features", f"{message}; try again")


class StoreTimeoutError(StoreUnavailableError):
    """The feature store did not respond in time."""

    failure: FailureKind = "timeout"


class NotFiniteError(RefusedError):
    """The model predicts infinity, or no number."""

    failure: FailureKind = "not_finite"

    def __init__(self, row: int) -> None:
        super().__init__(422, "value", f"row {row}: the model's prediction is not finite")
