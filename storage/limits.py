"""Limits in Redis, of all instances together: what was spent, and which secrets were mistaken.

Everything of one log of events has one hash tag, so that the buckets of a user and of an address
are judged by one call, whole or not at all, also on a Cluster. Each key ends by itself when it says
nothing any more.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

import redis.asyncio as aioredis
from redis.exceptions import RedisError

from rooms.rules.limits import Check, Decision
from rooms.rules.tries import MEMORY_S, Trial
from storage import keys
from storage.breaker import Away, Breaker
from storage.scripts import Script

T = TypeVar("T")

# Callers fall back on what this process knows after so long.
LIMIT_S = 0.05
LimitsAway = Away
_AT_ONCE = 4

_SPEND = Script("limits_spend.lua")
_BEGIN = Script("tries_begin.lua")
_FORGIVE = Script("tries_forgive.lua")


class LimitBook:
    """The limits of one installation. Its calls raise LimitsAway, soon."""

    def __init__(self, client: "aioredis.Redis", epoch: str, limit_s: float = LIMIT_S) -> None:
        self._limit_s = limit_s
        self._redis = client
        self._epoch = epoch
        self._breaker = Breaker((RedisError, OSError))
        # Many at once would spend their time on opening connections.
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def prepare(self) -> None:
        """Connect, and have Redis know the scripts, before anybody is kept waiting for that."""
        for script in (_SPEND, _BEGIN, _FORGIVE):
            await self._breaker.run(1.0, partial(script.load, self._redis))

    async def spend(self, checks: Sequence[Check]) -> list[Decision]:
        """Judge these checks in their order, in one call."""
        names = [self._key(charge.bucket) for check in checks for charge in check.charges]
        arguments: list[int] = []
        for check in checks:
            arguments += [len(check.charges), int(check.owed)]
            for charge in check.charges:
                arguments += [charge.rate.interval_us, charge.rate.depth_us, charge.cost]
        now, *rest = await self._ask(lambda: _SPEND.run(self._redis, names, arguments))
        decisions = []
        for check in checks:
            count = len(check.charges)
            allowed, until, rest = rest[0], rest[1 : count + 1], rest[count + 1 :]
            decisions.append(Decision(bool(allowed), now, tuple(until)))
        return decisions

    async def begin(self, trials: Sequence[Trial]) -> int:
        """Count a try of a secret as a failure, or answer how long it has to wait (us)."""
        arguments = [MEMORY_S]
        for trial in trials:
            arguments += [trial.patience.free, trial.patience.longest_s]
        names = [self._key(trial.key) for trial in trials]
        wait: int = await self._ask(lambda: _BEGIN.run(self._redis, names, arguments))
        return wait

    async def forgive(self, trials: Sequence[Trial]) -> None:
        """The try was no failure."""
        names = [self._key(trial.key) for trial in trials]
        await self._ask(lambda: _FORGIVE.run(self._redis, names, []))

    def _key(self, name: str) -> str:
        return keys.limit_key(self._epoch, name)

    async def _ask(self, ask: Callable[[], Awaitable[T]]) -> T:
        async with self._turns:
            return await self._breaker.run_soon(self._limit_s, ask)
