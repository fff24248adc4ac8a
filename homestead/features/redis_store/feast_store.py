"""Feast's Redis store with our client, so that its writes go where servers read.

Feast's own client reads the store's address itself, without a password that has a comma, TLS of
Sentinels, or a certificate that is for a name.
"""

from typing import Any, Final

from feast.infra.online_stores.redis import RedisOnlineStore, RedisOnlineStoreConfig

from homestead.features.redis_store.clients import open_client
from homestead.redis_address import parse_redis

# By which Feast finds the class, and the class of its configuration beside it.
STORE_TYPE: Final = "homestead.features.redis_store.feast_store.HomesteadRedisOnlineStore"


class HomesteadRedisOnlineStoreConfig(RedisOnlineStoreConfig):
    """Configuration of :class:`HomesteadRedisOnlineStore`."""

    type: str = STORE_TYPE  # type: ignore[assignment]


class HomesteadRedisOnlineStore(RedisOnlineStore):
    """Feast's store at an address of :mod:`homestead.redis_address`."""

    def _get_client(self, online_store_config: RedisOnlineStoreConfig) -> Any:
        if self._client is None:
            self._client = open_client(parse_redis(online_store_config.connection_string))
        return self._client
