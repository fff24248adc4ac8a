"""The header ``Authorization: Bearer …`` of a request."""

import hmac

from homestead.serving.http.request import HttpRequest

_SCHEME = b"bearer "


def has_token(http: HttpRequest, token: bytes) -> bool:
    """Return whether a request has the token, in a time that does not tell the token."""
    value = http.header(b"authorization") or b""
    is_bearer = value[: len(_SCHEME)].lower() == _SCHEME
    given = value[len(_SCHEME) :].strip() if is_bearer else b""
    return hmac.compare_digest(given, token)
