"""Clients of each kind of address: Sentinels whose master changes, TLS, one server."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis

from homestead.features.redis_store.clients import open_client
from homestead.features.redis_store.rows import RedisRowReader, write_redis_freshness
from homestead.problem.contract import Contract
from homestead.problem.schema import Problem
from homestead.redis_address import parse_redis
from tests.online import read_rows
from tests.redis_servers import Cluster, running_sentinel, wait_until


def test_a_new_master_is_found_by_readers_and_writers(
    program: Callable[[str, str], str], tmp_path: Path, problem: Problem
) -> None:
    (flat, _) = Contract.from_problem(problem).views
    with running_sentinel(program, tmp_path) as service:
        reader = RedisRowReader(service.url, problem.name, timeout_s=5)
        write_redis_freshness(service.url, problem.name, {"flat": 1.0})
        assert reader.freshness() == {"flat": 1.0}
        with open_client(parse_redis(service.url)) as client:
            client.wait(1, 5000)  # until the replica has it

        async def run() -> None:
            assert await read_rows(reader, [(flat, 7)]) == [None]
            service.master.stop()

            def is_written() -> bool:
                write_redis_freshness(service.url, problem.name, {"flat": 2.0})
                return True

            await asyncio.to_thread(wait_until, is_written)
            # Sentinels may say for a moment that there is no master.
            for _ in range(100):
                try:
                    rows = await read_rows(reader, [(flat, 7)])
                    freshness = await asyncio.to_thread(reader.freshness)
                except redis.RedisError:
                    await asyncio.sleep(0.05)
                else:
                    break
            assert rows == [None]
            assert freshness == {"flat": 2.0}
            reader.close()

        asyncio.run(run())


def test_one_server_has_tls_with_its_name(cluster: Cluster) -> None:
    # The cluster's first node, asked for what needs no key.
    node = cluster.nodes[0]
    url = cluster.url(nodes=1).replace("rediss-cluster", "rediss")
    with open_client(parse_redis(url)) as client:
        assert client.ping()
        assert client.connection_pool.connection_kwargs["port"] == node.tls_port
    feast = f"localhost:{node.tls_port},ssl=true,ssl_ca_certs={cluster.certificates.ca}"
    with open_client(parse_redis(f"{feast},ssl_check_hostname=true")) as client:
        options: dict[str, Any] = client.connection_pool.connection_kwargs
        assert options["ssl_ca_certs"] == str(cluster.certificates.ca)


def test_timeouts_of_the_address_are_ahead_of_the_callers() -> None:
    address = parse_redis("redis://host?socket_timeout=7")
    client = open_client(address, socket_timeout=1.0)
    options = client.connection_pool.connection_kwargs
    assert options["socket_timeout"] == 7.0
    assert options["socket_connect_timeout"] == 10.0
