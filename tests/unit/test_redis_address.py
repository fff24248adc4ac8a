"""The online store's address: what each form means, and what is refused without its password."""

import pytest

from homestead.redis_address import RedisAddress, check_redis, parse_redis


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("redis", RedisAddress("single", (("redis", 6379),))),
        (
            "redis:6380,password=12345,ssl=true,db=2,username=null",
            RedisAddress(
                "single",
                (("redis", 6380),),
                options={"password": "12345", "ssl": True, "db": 2, "username": "null"},
            ),
        ),
        ("redis://host/3", RedisAddress("single", (("host", 6379),), options={"db": 3})),
        (
            "rediss://me:a%40b%2C%3A@[::1]:7000?ssl_ca_certs=/etc/ca.pem&socket_timeout=2",
            RedisAddress(
                "single",
                (("::1", 7000),),
                options={
                    "username": "me",
                    "password": "a@b,:",
                    "ssl_ca_certs": "/etc/ca.pem",
                    "socket_timeout": 2.0,
                    "ssl": True,
                },
            ),
        ),
        (
            "redis-cluster://:secret@a:7000,b,[fd00::1]/0?ssl_check_hostname=false",
            RedisAddress(
                "cluster",
                (("a", 7000), ("b", 6379), ("fd00::1", 6379)),
                options={"password": "secret", "ssl_check_hostname": False},
            ),
        ),
        (
            "rediss-sentinel://me:one@a,b:26380/main/1?sentinel_password=two&ssl_ca_certs=ca.pem",
            RedisAddress(
                "sentinel",
                (("a", 26379), ("b", 26380)),
                "main",
                {
                    "username": "me",
                    "password": "one",
                    "ssl": True,
                    "ssl_ca_certs": "ca.pem",
                    "db": 1,
                },
                {"ssl": True, "ssl_ca_certs": "ca.pem", "password": "two"},
            ),
        ),
    ],
)
def test_an_address_has_its_parts(text: str, address: RedisAddress) -> None:
    assert parse_redis(text) == address
    assert check_redis(text) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("http://me:secret@host", "found http://…, allowed are redis, rediss, redis-cluster"),
        ("a:1,b:2,password=secret", "found 2 hosts, allowed is one, or the nodes of a cluster as"),
        ("redis://a,b", "found 2 hosts"),
        ("password=secret", "found no host"),
        ("redis://me:sec?ret@host", "percent-encoded"),
        ("redis://:secret@", "found a host that is no host:port"),
        ("redis://a:port", "found a host that is no host:port"),
        ("redis://a:99999", "found a host that is no host:port"),
        ("redis://a/first", "found the database 'first', allowed is a number"),
        ("redis-cluster://a/1", "allowed is 0: a cluster has one database"),
        ("redis-sentinel://a,b", "found no name of the Sentinels' service"),
        ("redis://a?ca=x", "found the option 'ca', allowed are ssl_ca_certs, ssl_ca_data"),
        ("redis://a?socket_timeout=soon", "socket_timeout: found 'soon', allowed is a number"),
        ("redis://a?ssl_check_hostname=no", "found 'no', allowed is true or false"),
        ("redis-cluster://a?sentinel_password=secret", "allowed is redis-sentinel"),
    ],
)
def test_what_cannot_be_read_is_named_without_the_password(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        check_redis(text)
    assert message in str(error.value)
    assert "secret" not in str(error.value)
    assert "ret@" not in str(error.value)


def test_an_address_is_shown_without_its_password() -> None:
    cluster = parse_redis("rediss-cluster://me:secret@a:1,b:2")
    assert str(cluster) == "Redis Cluster at a:1, b:2"
    assert cluster.has_tls
    sentinel = parse_redis("redis-sentinel://:secret@a/main")
    assert str(sentinel) == "service main of the Sentinels at a:26379"
    assert str(parse_redis("redis,password=secret")) == "Redis at redis:6379"
    assert check_redis("") == ""
