"""Certificates for names of servers that are told by their addresses."""

import asyncio

import pytest
import redis
import redis.asyncio

from homestead.features.redis_store.tls import CertificateNames, checked_connection, is_address
from tests.redis_servers import PASSWORD, Cluster


def test_a_server_told_by_its_address_may_have_a_configured_name() -> None:
    accepted = CertificateNames(["redis.example", "10.0.0.1", "other.example"])
    assert accepted.names("10.0.0.9") == ["10.0.0.9", "redis.example", "other.example"]
    accepted.accept("10.0.0.9", "other.example")
    assert accepted.names("10.0.0.9") == ["other.example", "10.0.0.9", "redis.example"]
    # A name is not replaced by another.
    assert accepted.names("third.example") == ["third.example"]
    assert is_address("fd00::1")
    assert not is_address("localhost")


def test_a_certificate_of_neither_is_refused(cluster: Cluster) -> None:
    for hosts, is_accepted in ((["localhost"], True), (["elsewhere.example"], False)):
        connection = checked_connection(redis.SSLConnection, hosts)(
            host="127.0.0.1",
            port=cluster.nodes[0].tls_port,
            password=PASSWORD,
            ssl_ca_certs=str(cluster.certificates.ca),
        )
        if is_accepted:
            connection.connect()
            assert connection.host == "127.0.0.1"
        else:
            with pytest.raises(redis.ConnectionError, match="not valid for"):
                connection.connect()
        connection.disconnect()


async def _connect(cluster: Cluster, hosts: list[str]) -> None:
    connection = checked_connection(redis.asyncio.SSLConnection, hosts)(
        host="127.0.0.1",
        port=cluster.nodes[0].tls_port,
        password=PASSWORD,
        ssl_ca_certs=str(cluster.certificates.ca),
    )
    try:
        await connection.connect()
    finally:
        await connection.disconnect()


def test_the_event_loops_connections_check_the_same(cluster: Cluster) -> None:
    asyncio.run(_connect(cluster, ["elsewhere.example", "localhost"]))
    with pytest.raises(redis.ConnectionError, match="not valid for"):
        asyncio.run(_connect(cluster, ["elsewhere.example"]))
