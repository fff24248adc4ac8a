"""Errors of a client: what the server refused, and why it cannot be reached."""

from homestead.errors import UserError


class ServerError(UserError):
    """A request without a result; the base of all errors of a client.

    Attributes:
        status: HTTP status; None if no response came.
        reason: the server's short word for it, such as ``range`` or ``busy``; "" without one.
    """

    def __init__(self, message: str, status: int | None = None, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class InvalidRequestError(ServerError):
    """A row that the model cannot take, or a request that is too large.

    Attributes:
        row: position of the row in what was given, from 0; None if the error names none.
        field: name of the field; None if the error is not about one.
    """

    def __init__(
        self,
        message: str,
        status: int | None = None,
        reason: str = "",
        row: int | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(message, status, reason)
        self.row = row
        self.field = field


class UnknownEntityError(InvalidRequestError):
    """A key that the online store has no values of."""


class NotServedError(ServerError):
    """A model version, or a path, that the server does not have."""


class UnauthorizedError(ServerError):
    """The token is missing or another one."""


class UnavailableError(ServerError):
    """The server, or something that it needs, is away; retries did not help.

    Attributes:
        retry_after_s: when the server asks to try again, in seconds; None if it does not say.
    """

    def __init__(
        self,
        message: str,
        status: int | None = None,
        reason: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, status, reason)
        self.retry_after_s = retry_after_s


class OverCapacityError(UnavailableError):
    """The server has more requests than it can take; retries did not help."""
