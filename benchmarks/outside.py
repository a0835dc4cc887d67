"""Ephemeral events that another instance of the same server sends to a channel."""

import asyncio
import json
import os
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import redis.asyncio as aioredis

from benchmarks.world import PEER, Target, socket_path
from storage import keys
from storage.hints import Ephemeral, encode_event

_DATA = {"user": {"id": 123456, "username": "ada"}, "emoji": "👏", "note": "w" * 120}


class Outside:
    """Sends reactions to one channel of the target, through Redis like any other instance."""

    def __init__(self, target: Target, channel: str) -> None:
        self._target = target
        self._channel = channel
        self._redis: aioredis.Redis | None = None
        self._emitter: asyncio.subprocess.Process | None = None
        self._name = ""

    async def __aenter__(self) -> "Outside":
        if self._target.name == "peer":
            self._emitter = await asyncio.create_subprocess_exec(
                "node",
                str(PEER / "emit.js"),
                stdin=asyncio.subprocess.PIPE,
                env={
                    "PATH": os.environ["PATH"],
                    "REDIS_PATH": socket_path(self._target.redis_url),
                    "ROOM": self._channel,
                    "PAYLOAD": json.dumps(_DATA),
                },
            )
        else:
            self._redis = aioredis.from_url(self._target.redis_url)
            channels = await self._redis.pubsub_channels(keys.hint_channel("*", self._channel))
            self._name = channels[0].decode()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._redis is not None:
            await self._redis.aclose()
        if self._emitter is not None:
            self._emitter.kill()
            await self._emitter.wait()

    async def send(self, count: int) -> None:
        """Send `count` events as fast as Redis takes them."""
        if self._emitter is not None:
            assert self._emitter.stdin is not None
            self._emitter.stdin.write(f"{count}\n".encode())
            return
        assert self._redis is not None
        event: Any = bytes(8) + encode_event(
            Ephemeral(self._channel, datetime.now(UTC), "room:reacted", json.dumps(_DATA))
        )
        async with self._redis.pipeline(transaction=False) as pipe:
            for _ in range(count):
                pipe.publish(self._name, event)
            await pipe.execute()
