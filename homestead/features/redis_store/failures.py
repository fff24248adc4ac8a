"""Why Redis cannot be used, as one sentence that names the remedy."""

import ssl
from collections.abc import Iterator

import redis
import redis.asyncio.sentinel
import redis.sentinel
from redis.exceptions import RedisClusterException

from homestead.features.redis_store.tls import MISMATCHES
from homestead.redis_address import RedisAddress

# Begins what :func:`explained` has said.
_SUBJECT = "HOMESTEAD_REDIS: "
# What the client raises; the second is the cluster client's, and no subclass of the first.
REDIS_ERRORS = (redis.RedisError, RedisClusterException, OSError)
_NO_MASTER = (
    redis.sentinel.MasterNotFoundError,
    redis.asyncio.sentinel.MasterNotFoundError,
)
_REFUSED_LOGINS = ("WRONGPASS", "NOAUTH", "invalid username-password", "invalid password")


def explained(error: BaseException, address: RedisAddress) -> redis.RedisError:
    """Return an error of Redis, of its client or of the network as one of the client's classes.

    Returns:
        the error that says what to do, an ``AuthenticationError`` for a refused login; the same
        error if it is one already.
    """
    if isinstance(error, redis.RedisError) and str(error).startswith(_SUBJECT):
        return error
    causes = list(_causes(error))
    text = " ".join(map(str, causes))
    is_login = any(isinstance(cause, redis.AuthenticationError) for cause in causes)
    is_login = is_login or any(mark in text for mark in _REFUSED_LOGINS)
    kind = redis.AuthenticationError if is_login else redis.ConnectionError
    return kind(f"{_SUBJECT}{address}: {_reason(causes, text, is_login, address)}")


def _reason(causes: list[BaseException], text: str, is_login: bool, address: RedisAddress) -> str:
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _certificate_reason(cause)
        if isinstance(cause, FileNotFoundError) and address.has_tls:
            return "a file of ssl_ca_certs, ssl_certfile or ssl_keyfile does not exist"
        if isinstance(cause, ssl.SSLError):
            return (
                f"no TLS ({cause.reason or cause}): write redis in place of rediss if the server"
                " has none; otherwise correct the files of ssl_ca_certs, ssl_certfile and"
                " ssl_keyfile"
            )
    if is_login:
        return "the login is refused; correct user and password"
    if "NOPERM" in text or "no permissions" in text:
        return f"the account lacks rights ({causes[0]}); give it those of docs/how-to/serving.md"
    if "Cluster mode is not enabled" in text or "cluster support disabled" in text:
        return "the server is no node of a cluster; write redis:// in place of redis-cluster://"
    if "MOVED" in text and address.kind != "cluster":
        return "the server is a node of a cluster; write redis-cluster:// with its nodes"
    if any(isinstance(cause, _NO_MASTER) for cause in causes):
        return f"no Sentinel that answers knows a master of it ({causes[0]}); correct the name"
    hint = "rediss in place of redis if it asks for TLS"
    if address.has_tls:
        hint = "redis in place of rediss if it has no TLS"
    found = str(causes[0]) or type(causes[0]).__name__
    return (
        f"no answer ({found}); check that it runs and that host and port can be reached from"
        f" here, and write {hint}"
    )


def _certificate_reason(error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code in MISMATCHES:
        return (
            f"the server's certificate is for another name ({error.verify_message}); write the name"
            " that it is for as the host"
        )
    return (
        f"the server's certificate is not trusted ({error.verify_message}); name the file of the"
        " CA that signed it: ssl_ca_certs=/path/ca.pem"
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, and those that it was raised from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
