"""A script that Redis keeps by its hash, and is sent again when it has forgotten it."""

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import redis.asyncio as aioredis
from redis.exceptions import AskError, NoScriptError, TryAgainError

from storage.cache import Redis
from storage.cluster import Address, Cluster, slot_of

_LUA = Path(__file__).parent / "lua"
# (keys, arguments)
Call = tuple[Sequence[str], Sequence[Any]]


class Script:
    """One or several of `storage/lua/`, one after the other; all keys of a call lie in one slot of
    a Cluster."""

    def __init__(self, *names: str) -> None:
        self.source = "\n".join((_LUA / name).read_text(encoding="utf-8") for name in names)
        self.sha = hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest()

    async def load(self, client: "aioredis.Redis") -> None:
        await client.script_load(self.source)

    async def run(
        self, client: "aioredis.Redis", names: Sequence[str], arguments: Sequence[Any]
    ) -> Any:
        try:
            return await client.evalsha(self.sha, len(names), *names, *arguments)
        except NoScriptError:
            return await client.eval(self.source, len(names), *names, *arguments)

    async def run_all(self, client: "aioredis.Redis", calls: Sequence[Call]) -> list[Any]:
        """The answers to all calls, which go together to each server that they concern.

        Some of them may have been made when it raises.
        """
        if len(calls) == 1:
            return [await self.run(client, *calls[0])]
        cluster = await client.find_cluster() if isinstance(client, Redis) else None
        if cluster is not None:
            return await self._run_spread(client, cluster, calls)
        try:
            return await self._send(client, calls)
        except NoScriptError:
            await self.load(client)
            return await self._send(client, calls)

    async def _run_spread(
        self, client: "aioredis.Redis", cluster: Cluster, calls: Sequence[Call]
    ) -> list[Any]:
        """All calls of a primary in one go, and all primaries at once."""
        places: dict[Address, list[int]] = {}
        for place, (names, _) in enumerate(calls):
            places.setdefault(cluster.owner_of(slot_of(names[0])), []).append(place)
        answers: list[Any] = [None] * len(calls)

        async def ask(owner: Address, mine: list[int]) -> None:
            some = [calls[place] for place in mine]
            sent = self._send(cluster.client_at(owner), some, raise_on_error=False)
            for place, answer in zip(mine, await cluster.watched(sent), strict=True):
                # It has moved, is about to, or the script is not known there.
                if isinstance(answer, AskError | NoScriptError | TryAgainError):
                    answer = await self.run(client, *calls[place])
                if isinstance(answer, Exception):
                    raise answer
                answers[place] = answer

        # All are heard, so that nothing of this call goes on once it has failed.
        for outcome in await asyncio.gather(
            *(ask(*one) for one in places.items()), return_exceptions=True
        ):
            if outcome is not None:
                raise outcome
        return answers

    async def _send(
        self, client: "aioredis.Redis", calls: Sequence[Call], *, raise_on_error: bool = True
    ) -> list[Any]:
        async with client.pipeline(transaction=False) as pipeline:
            for names, arguments in calls:
                pipeline.evalsha(self.sha, len(names), *names, *arguments)
            return await pipeline.execute(raise_on_error)
