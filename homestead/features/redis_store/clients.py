"""Clients of the online store, from its address: the one place that opens Redis."""

import functools
from typing import Any

import redis
import redis.asyncio
import redis.asyncio.sentinel
import redis.cluster
import redis.sentinel

from homestead.features.redis_store.tls import checked_connection
from homestead.redis_address import RedisAddress

Node = tuple[str, int]
# The client's classes without types.
_Sentinel: Any = redis.sentinel.Sentinel
_AsyncSentinel: Any = redis.asyncio.sentinel.Sentinel
_ClusterNode: Any = redis.cluster.ClusterNode
# Where nothing waits for the answer: of connecting, and of a server's silence. One without TLS
# that is greeted with it is silent.
_CONNECT_TIMEOUT_S, _SILENCE_TIMEOUT_S = 10.0, 60.0


def open_client(address: RedisAddress, **defaults: Any) -> Any:
    """Return a client of the store for calls that may block, which connects when it is used.

    A cluster's client reads the cluster's slots at once.

    Args:
        defaults: options of connections where the address sets no others; ``retry`` is that of
            whole commands.

    Raises:
        REDIS_ERRORS: no node of the cluster can be reached.
    """
    timeouts = {
        "socket_connect_timeout": _CONNECT_TIMEOUT_S,
        "socket_timeout": _SILENCE_TIMEOUT_S,
    }
    defaults = timeouts | defaults
    options = {**defaults, **address.options}
    hosts = [host for host, _ in address.nodes]
    if address.kind == "sentinel":
        sentinel = _Sentinel(
            list(address.nodes), sentinel_kwargs=_of_sentinels(address, defaults), **options
        )
        managed = redis.sentinel.SentinelManagedSSLConnection
        return sentinel.master_for(address.service, **_checked(managed, address, hosts))
    if address.kind == "cluster":
        nodes = [_ClusterNode(host, port) for host, port in address.nodes]
        if not address.has_tls:
            return redis.RedisCluster(startup_nodes=nodes, **options)
        del options["ssl"]
        options["connection_class"] = checked_connection(redis.SSLConnection, hosts)
        # The client takes a class of connections only beside a URL, which may be of any node.
        url = "redis://{}:{}".format(*_bracketed(address.nodes[0]))
        return redis.RedisCluster(url=url, startup_nodes=nodes, **options)
    ((host, port),) = address.nodes
    return redis.Redis(host=host, port=port, **options)


async def close_sentinels(pool: Any) -> None:
    """Close the connections by which a pool has asked Sentinels for the master, if any."""
    if isinstance(pool, redis.asyncio.sentinel.SentinelConnectionPool):
        manager: Any = pool
        for sentinel in manager.sentinel_manager.sentinels:
            await sentinel.aclose()


def connection_pool(address: RedisAddress, node: Node | None, **defaults: Any) -> Any:
    """Return a pool of connections on the event loop.

    Args:
        node: of the cluster; None for the server, or for the service's master.
        defaults: as for :func:`open_client`; ``retry`` is that of connecting.
    """
    options = {**defaults, **address.options}
    hosts = [host for host, _ in address.nodes]
    if address.kind == "sentinel":
        sentinel = _AsyncSentinel(
            list(address.nodes), sentinel_kwargs=_of_sentinels(address, defaults), **options
        )
        managed = redis.asyncio.sentinel.SentinelManagedSSLConnection
        client = sentinel.master_for(address.service, **_checked(managed, address, hosts))
        return client.connection_pool
    host, port = node or address.nodes[0]
    if address.kind == "cluster" and address.has_tls:
        connection_class = _cluster_connection(tuple(hosts))
        del options["ssl"]
        return redis.asyncio.ConnectionPool(
            connection_class=connection_class, host=host, port=port, **options
        )
    return redis.asyncio.Redis(host=host, port=port, **options).connection_pool


@functools.cache
def _cluster_connection(hosts: tuple[str, ...]) -> type[Any]:
    """Return the class of a cluster's connections, which remembers the names of certificates."""
    return checked_connection(redis.asyncio.SSLConnection, hosts)


def _checked(base: type[Any], address: RedisAddress, hosts: list[str]) -> dict[str, Any]:
    return {"connection_class": checked_connection(base, hosts)} if address.has_tls else {}


def _of_sentinels(address: RedisAddress, defaults: dict[str, Any]) -> dict[str, Any]:
    return {**defaults, **address.sentinel_options}


def _bracketed(node: Node) -> tuple[str, int]:
    host, port = node
    return (f"[{host}]" if ":" in host else host), port
