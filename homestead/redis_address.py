"""The online store's address: one Redis, a Redis Cluster, or a service that Sentinels watch.

It is written as a URL, or as Feast writes it::

    redis://user:password@host:6379/0                           one server; rediss:// with TLS
    redis-cluster://user:password@host:6379,host:6379           any nodes of a cluster
    redis-sentinel://user:password@host:26379,host:26379/name   the master of a service
    host:6379,password=...,ssl=true,db=0                        one server, as Feast writes it
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args
from urllib.parse import parse_qsl, unquote

Kind = Literal["single", "cluster", "sentinel"]

_PORT: Final = 6379
_SENTINEL_PORT: Final = 26379
_SCHEMES: Final[dict[str, tuple[Kind, bool]]] = {
    f"redis{'s' * tls}{'' if kind == 'single' else f'-{kind}'}": (kind, tls)
    for kind in get_args(Kind)
    for tls in (False, True)
}
# Texts even where they look like numbers.
_TEXTS: Final = ("username", "password", "sentinel_username", "sentinel_password")


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise ValueError
    return text.lower() in ("true", "1")


# What a URL may have behind its question mark, named as the Redis client names it.
_URL_OPTIONS: Final[dict[str, Callable[[str], Any]]] = {
    **dict.fromkeys(("ssl_ca_certs", "ssl_ca_data", "ssl_certfile", "ssl_keyfile"), str),
    **dict.fromkeys(("ssl_check_hostname", "socket_keepalive"), _boolean),
    **dict.fromkeys(("socket_timeout", "socket_connect_timeout"), float),
    **dict.fromkeys(("sentinel_username", "sentinel_password", "client_name"), str),
}


@dataclass(frozen=True)
class RedisAddress:
    """Where the online store is, and how to connect.

    Attributes:
        nodes: host and port of the server, of some of the cluster's nodes or of the Sentinels.
        service: name of the service that the Sentinels watch.
        options: of the Redis client for connections to servers.
        sentinel_options: the same for connections to Sentinels.
    """

    kind: Kind
    nodes: tuple[tuple[str, int], ...]
    service: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    sentinel_options: dict[str, Any] = field(default_factory=dict)

    @property
    def has_tls(self) -> bool:
        """Whether connections are encrypted."""
        return bool(self.options.get("ssl"))

    def __str__(self) -> str:
        """Return kind, hosts and ports, without the password."""
        nodes = ", ".join(f"{host}:{port}" for host, port in self.nodes)
        if self.kind == "sentinel":
            return f"service {self.service} of the Sentinels at {nodes}"
        return f"Redis Cluster at {nodes}" if self.kind == "cluster" else f"Redis at {nodes}"


def check_redis(text: str) -> str:
    """Return an address that :func:`parse_redis` can read, or an empty one.

    Raises:
        ValueError: it cannot be read.
    """
    if text:
        parse_redis(text)
    return text


def parse_redis(text: str) -> RedisAddress:
    """Return the parts of an address.

    Raises:
        ValueError: it cannot be read; the message holds no password.
    """
    scheme, is_url, rest = text.partition("://")
    if not is_url:
        return _parse_feast(text)
    if scheme not in _SCHEMES:
        raise ValueError(f"found {scheme}://…, allowed are {', '.join(_SCHEMES)} and host:port,…")
    kind, has_tls = _SCHEMES[scheme]
    place, _, query = rest.partition("?")
    login, _, place = place.rpartition("@")
    hosts, _, path = place.partition("/")
    # Before the options, whose names are shown: a password may have a question mark.
    nodes = tuple(
        _node(node, _SENTINEL_PORT if kind == "sentinel" else _PORT) for node in hosts.split(",")
    )
    options = _login(login) | _url_options(query)
    if has_tls:
        options["ssl"] = True
    if kind != "sentinel" and any(name.startswith("sentinel_") for name in options):
        raise ValueError(f"found a login of Sentinels in {scheme}://…, allowed is redis-sentinel")
    sentinel_options = {
        name.removeprefix("sentinel_"): options.pop(name)
        for name in ("sentinel_username", "sentinel_password")
        if name in options
    }
    if kind == "single" and len(nodes) > 1:
        raise ValueError(_several(nodes))
    service, database = "", path
    if kind == "sentinel":
        service, _, database = path.partition("/")
        if not service:
            raise ValueError("found no name of the Sentinels' service, allowed is …://host/name")
        shared = {k: v for k, v in options.items() if k.startswith(("ssl", "socket_"))}
        sentinel_options = shared | sentinel_options
    if database:
        if not database.isdigit() or (kind == "cluster" and database != "0"):
            allowed = "0: a cluster has one database" if kind == "cluster" else "a number"
            raise ValueError(f"found the database {database!r}, allowed is {allowed}")
        options |= {} if kind == "cluster" else {"db": int(database)}
    return RedisAddress(kind, nodes, unquote(service), options, sentinel_options)


def _parse_feast(text: str) -> RedisAddress:
    """Return the parts of ``host:port,option=value,…``.

    A value is JSON where it can be read as such (``ssl=true``, ``db=2``), otherwise text.
    """
    nodes: list[tuple[str, int]] = []
    options: dict[str, Any] = {}
    for part in text.split(","):
        name, is_option, value = part.partition("=")
        if not is_option:
            nodes.append(_node(part, _PORT))
            continue
        try:
            options[name] = value if name in _TEXTS else json.loads(value)
        except json.JSONDecodeError:
            options[name] = value
    if len(nodes) > 1:
        raise ValueError(_several(tuple(nodes)))
    if not nodes:
        raise ValueError("found no host, allowed is host:port,option=value,…")
    return RedisAddress("single", tuple(nodes), options=options)


def _several(nodes: tuple[tuple[str, int], ...]) -> str:
    return (
        f"found {len(nodes)} hosts, allowed is one, or the nodes of a cluster as"
        " redis-cluster://host:port,host:port"
    )


def _login(text: str) -> dict[str, Any]:
    user, has_password, password = text.partition(":")
    options = {"username": unquote(user)} if user else {}
    return options | ({"password": unquote(password)} if has_password else {})


def _url_options(query: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in _URL_OPTIONS:
            raise ValueError(f"found the option {name!r}, allowed are {', '.join(_URL_OPTIONS)}")
        try:
            options[name] = _URL_OPTIONS[name](value)
        except ValueError:
            kind = "a number" if _URL_OPTIONS[name] is float else "true or false"
            raise ValueError(f"{name}: found {value!r}, allowed is {kind}") from None
    return options


def _node(text: str, default_port: int) -> tuple[str, int]:
    host, has_port, port = text.rpartition(":")
    if not has_port or text.endswith("]"):  # an IPv6 address without a port
        host, port = text, str(default_port)
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdigit() or not 0 < int(port) < 65_536:
        # It may be a part of a password.
        raise ValueError(
            "found a host that is no host:port, allowed are a name or an address and a port; in"
            " a URL, write ? # % and the like in passwords percent-encoded"
        )
    return host, int(port)
