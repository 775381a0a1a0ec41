"""The shared cache: signed, and never blocking a page.

The cache holds JSON with a signature over the key, the value and its expiry. A person who can write
to Redis can delete entries, but cannot sign in, forge pages or run code. When Redis is away or
hangs, each process uses its own memory (`core.redis_health`).
"""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.core import signing
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import RedisError

from core.redis_health import PATIENCE_SECONDS, health_of

logger = logging.getLogger(__name__)

FOR_EVER = 0
COUNT = ":count:"  # in the keys of `core.cache_counters`


def seal(key: str, value: Any, timeout: int | None) -> Any:
    """A value as stored in Redis. Counts are stored unsigned, so that Redis can increment them."""
    if type(value) is int and COUNT in key:
        return value
    until = FOR_EVER if timeout is None else int(time.time()) + timeout
    return signing.Signer(salt=f"cache:{key}").sign_object([until, value])


def unseal(key: str, sealed: bytes) -> Any:
    """The original value. Raises BadSignature if it is forged, belongs to another key, or has
    expired.
    """
    if COUNT in key:
        return int(sealed)
    signer = signing.Signer(salt=f"cache:{key}")
    until, value = signer.unsign_object(sealed.decode("latin-1"))
    if until != FOR_EVER and until < time.time():
        raise signing.SignatureExpired("The entry has ended.")
    return value


class SignedClient(RedisCacheClient):
    """Django's Redis client with `seal` and `unseal` in place of pickle."""

    def add(self, key: Any, value: Any, timeout: Any) -> bool:
        if timeout == 0:
            return False
        return bool(
            self.get_client(key, write=True).set(
                key, seal(key, value, timeout), ex=timeout, nx=True
            )
        )

    def get(self, key: Any, default: Any) -> Any:
        sealed = self.get_client(key).get(key)
        return default if sealed is None else self._opened(key, sealed, default)

    def set(self, key: Any, value: Any, timeout: Any) -> None:
        client = self.get_client(key, write=True)
        if timeout == 0:
            client.delete(key)
        else:
            client.set(key, seal(key, value, timeout), ex=timeout)

    def get_many(self, keys: Iterable[Any]) -> dict[Any, Any]:
        names = list(keys)
        pairs = zip(names, self.get_client(None).mget(names), strict=True)
        opened = {
            key: self._opened(key, sealed, None) for key, sealed in pairs if sealed is not None
        }
        return {key: value for key, value in opened.items() if value is not None}

    def set_many(self, data: Any, timeout: Any) -> None:
        pipeline = self.get_client(None, write=True).pipeline()
        for key, value in data.items():
            pipeline.set(key, seal(key, value, timeout), ex=timeout)
        pipeline.execute()

    def _opened(self, key: str, sealed: Any, default: Any) -> Any:
        try:
            return unseal(key, sealed)
        except signing.SignatureExpired:
            return default
        except (signing.BadSignature, ValueError):
            logger.warning("The cache held an entry that is not ours under %r; it is ignored.", key)
            return default


class Cache(RedisCache):
    """The shared cache while Redis answers, and the memory of this process otherwise."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        patience = {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
        super().__init__(server, {**params, "OPTIONS": {**patience, **params.get("OPTIONS", {})}})
        self._class = SignedClient
        self._health = health_of(server if isinstance(server, str) else server[0])
        self._own = LocMemCache(f"beside {server}", params)

    def _ask(self, name: str, *args: Any, **kwargs: Any) -> Any:
        if not self._health.is_away:
            shared: Callable[..., Any] = getattr(super(), name)
            try:
                return shared(*args, **kwargs)
            except (RedisError, OSError) as error:
                self._health.mark_away(error)
        return getattr(self._own, name)(*args, **kwargs)

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        return bool(self._ask("add", key, value, timeout=timeout, version=version))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self._ask("get", key, default, version=version)

    def set(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        self._ask("set", key, value, timeout=timeout, version=version)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._ask("touch", key, timeout=timeout, version=version))

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(self._ask("delete", key, version=version))

    def get_many(self, keys: Any, version: int | None = None) -> dict[str, Any]:
        values: dict[str, Any] = self._ask("get_many", keys, version=version)
        return values

    def has_key(self, key: str, version: int | None = None) -> bool:
        return bool(self._ask("has_key", key, version=version))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        return int(self._ask("incr", key, delta, version=version))

    def set_many(
        self, data: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[Any]:
        failed: list[Any] = self._ask("set_many", data, timeout=timeout, version=version)
        return failed

    def delete_many(self, keys: Any, version: int | None = None) -> None:
        self._ask("delete_many", keys, version=version)

    def clear(self) -> None:
        self._own.clear()
        self._ask("clear")
