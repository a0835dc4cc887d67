"""Answers kept in Redis for a while, under names with the stamp of what they were made from."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import redis.asyncio as aioredis
from redis.exceptions import RedisError

from storage import keys
from storage.breaker import Away, Breaker

# Postgres answers after so long, as it would without Redis.
LIMIT_S = 0.05
KEPT_S = 60
CacheAway = Away
_AT_ONCE = 8


class CacheBook:
    """What is kept of one log of events. Its calls raise CacheAway, soon."""

    def __init__(self, client: "aioredis.Redis", epoch: str, limit_s: float = LIMIT_S) -> None:
        self._limit_s = limit_s
        self._redis = client
        self._epoch = epoch
        self._breaker = Breaker((RedisError, OSError))
        # Many at once would spend their time on opening connections.
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def get(self, name: str) -> bytes | None:
        key = keys.cached_key(self._epoch, name)
        return cast("bytes | None", await self._ask(lambda: self._redis.get(key)))

    async def put(self, name: str, value: bytes) -> None:
        key = keys.cached_key(self._epoch, name)
        await self._ask(lambda: self._redis.set(key, value, ex=KEPT_S))

    async def _ask(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        async with self._turns:
            return await self._breaker.run_soon(self._limit_s, ask)
