"""Connections with TLS to servers that were named by others: by a cluster's nodes or by Sentinels.

They name servers by addresses, unless they are set up otherwise, while certificates are for names.
A server's certificate then may be for any of the names that the user has written: whoever holds the
key to such a certificate is who the user wants to reach.
"""

import ipaddress
import ssl
from collections.abc import Sequence
from typing import Any

import redis
import redis.asyncio

# OpenSSL's codes for a certificate of another host name or address.
MISMATCHES = (62, 64)


def is_address(host: str) -> bool:
    """Return whether a host is given by its IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class CertificateNames:
    """Names that certificates may be for.

    Attributes:
        configured: the hosts that the user has written.
    """

    def __init__(self, configured: Sequence[str]) -> None:
        self._configured = [host for host in configured if not is_address(host)]
        # By server, so that a second connection needs one handshake only.
        self._accepted: dict[str, str] = {}

    def names(self, host: str) -> list[str]:
        """Return the names of which a server's certificate must have one, the likeliest first."""
        if not is_address(host):
            return [host]
        names = [host, *self._configured]
        return sorted(names, key=lambda name: name != self._accepted.get(host))

    def accept(self, host: str, name: str) -> None:
        """Note that a server's certificate is for a name."""
        self._accepted[host] = name


def checked_connection(base: type[Any], configured: Sequence[str]) -> type[Any]:
    """Return a class of a client's connections whose certificates may be for other names.

    Args:
        base: ``SSLConnection`` of the client, or a subclass.
        configured: the hosts that the user has written.
    """
    accepted = CertificateNames(configured)
    if issubclass(base, redis.asyncio.SSLConnection):
        asynchronous: Any = base

        class AsyncConnection(asynchronous):  # type: ignore[misc]
            _certificate_name = ""

            def _connection_arguments(self) -> dict[str, Any]:
                return {
                    **super()._connection_arguments(),
                    "server_hostname": self._certificate_name,
                }

            async def _connect(self) -> None:
                *others, last = accepted.names(self.host)
                for name in [*others, last]:
                    self._certificate_name = name
                    try:
                        await super()._connect()
                    except ssl.SSLCertVerificationError as error:
                        if name == last or error.verify_code not in MISMATCHES:
                            raise
                    else:
                        accepted.accept(self.host, name)
                        return

        return AsyncConnection

    synchronous: Any = base

    class Connection(synchronous):  # type: ignore[misc]
        host: str
        _certificate_name = ""

        def _wrap_socket_with_ssl(self, sock: Any) -> Any:
            # The client checks the certificate against the host.
            host, self.host = self.host, self._certificate_name
            try:
                return super()._wrap_socket_with_ssl(sock)
            finally:
                self.host = host

        def _connect(self) -> Any:
            *others, last = accepted.names(self.host)
            for name in [*others, last]:
                self._certificate_name = name
                try:
                    sock = super()._connect()
                except ssl.SSLCertVerificationError as error:
                    if name == last or error.verify_code not in MISMATCHES:
                        raise
                else:
                    accepted.accept(self.host, name)
                    return sock
            raise AssertionError("the last name ends the loop")

    return Connection
