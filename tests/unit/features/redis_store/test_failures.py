"""What Redis and its certificates refuse is a sentence with a remedy, for readers and writers."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
import redis as redis_client
from redis.backoff import NoBackoff
from redis.retry import Retry

from homestead.features.redis_store.clients import open_client
from homestead.features.redis_store.connection import RedisConnection
from homestead.features.redis_store.failures import REDIS_ERRORS, explained
from homestead.redis_address import parse_redis
from tests.redis_servers import QUOTED, Cluster, make_certificates


def both_failures(text: str, timeout_s: float) -> list[str]:
    """Return what a client and a connection of the event loop say of an address."""
    address = parse_redis(text)
    with pytest.raises(REDIS_ERRORS) as failure:
        open_client(address, socket_timeout=timeout_s, retry=Retry(NoBackoff(), 0)).ping()
    first = str(explained(failure.value, address))

    async def connect() -> None:
        try:
            (await RedisConnection.open(address, timeout_s=timeout_s)).close()
        finally:
            # The transport of a failed handshake closes in later turns of the loop.
            await asyncio.sleep(0.05)

    with pytest.raises(redis_client.RedisError) as second:
        asyncio.run(connect())
    return [first, str(second.value)]


@pytest.fixture
def other_ca(tmp_path: Path) -> Path:
    return make_certificates(tmp_path).ca


Address = Callable[[Cluster, Path], str]
CASES: dict[str, tuple[Address, str]] = {
    "unknown CA": (
        lambda c, _: c.url().partition("?")[0],
        "the server's certificate is not trusted",
    ),
    "another CA": (
        lambda c, ca: c.url().replace(str(c.certificates.ca), str(ca)),
        "name the file of the CA that signed it: ssl_ca_certs=/path/ca.pem",
    ),
    "no CA": (
        lambda c, _: c.url().replace("ca.pem", "none.pem"),
        "a file of ssl_ca_certs, ssl_certfile or ssl_keyfile does not exist",
    ),
    "another name": (
        lambda c, _: c.url().replace("localhost", "127.0.0.1"),
        "the server's certificate is for another name",
    ),
    "no TLS": (
        lambda c, _: (
            f"rediss-cluster://:{QUOTED}@{c.nodes[0].address}?ssl_ca_certs={c.certificates.ca}"
        ),
        "redis in place of rediss if",
    ),
    "only TLS": (
        lambda c, _: f"redis-cluster://:{QUOTED}@127.0.0.1:{c.nodes[0].tls_port}",
        "rediss in place of redis if it asks for TLS",
    ),
    "password": (
        lambda c, _: c.url().replace(QUOTED, "wrong"),
        "the login is refused; correct user and password",
    ),
    "nobody": (
        lambda c, _: "redis-cluster://127.0.0.1:1,127.0.0.1:2",
        "no answer",
    ),
    "no Sentinel": (
        lambda c, _: "redis-sentinel://127.0.0.1:1/main",
        "no Sentinel that answers knows a master of it",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_sentence_names_the_remedy(case: str, cluster: Cluster, other_ca: Path) -> None:
    address, remedy = CASES[case]
    # A server without TLS that is greeted with it is silent.
    timeout_s = 1.0 if case == "no TLS" else 15.0
    for message in both_failures(address(cluster, other_ca), timeout_s):
        assert message.startswith("HOMESTEAD_REDIS: "), message
        assert remedy in message
        assert "\n" not in message
        assert QUOTED not in message


def test_a_login_that_is_missing_is_refused_with_the_first_command(cluster: Cluster) -> None:
    address = parse_redis(cluster.url(tls=False).replace(f":{QUOTED}@", ""))
    with pytest.raises(REDIS_ERRORS) as failure:
        open_client(address).ping()
    assert "the login is refused; correct user and" in str(explained(failure.value, address))


def test_what_was_explained_stays_as_it_is() -> None:
    address = parse_redis("redis://host")
    error = explained(redis_client.TimeoutError("Timeout"), address)
    assert explained(error, address) is error
    moved = explained(redis_client.ResponseError("MOVED 1 a:1"), address)
    assert "write redis-cluster:// with its nodes" in str(moved)
    rights = explained(redis_client.ResponseError("NOPERM no right"), address)
    assert "the account lacks rights (NOPERM no right)" in str(rights)
    assert isinstance(explained(OSError("x"), address), redis_client.ConnectionError)
