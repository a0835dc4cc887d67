"""Lines: hints out of this instance and into it, through one server each.

A single server has one line. On a Cluster each primary has one, with the partitions of channels
that it holds, so one that hangs keeps nobody waiting for the others.
"""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import redis.asyncio as aioredis
import structlog
from redis.exceptions import RedisError

from storage import keys
from storage.cluster import Cluster, call, slot_of
from storage.pubsub import Subscriber
from storage.scripts import Script

log = structlog.get_logger(__name__)

_PUBLISH = Script("publish.lua")
_PUBLISH_SHARDED = Script("publish_sharded.lua")
_BIGGEST_CALL = 200
_LONGEST_QUEUE = 20_000
_SILENCE_S = 3.0
_BEAT_S = 1.0


@dataclass(frozen=True, slots=True)
class Ends:
    """What all lines of an instance have in common: who it is, what it wants to hear, and whom
    they tell of it. `wanted` has the names of pub/sub channels by partition; `pack` makes of an
    event such a name and a text that begins with the signature."""

    redis: "aioredis.Redis"
    epoch: str
    signature: bytes
    wanted: Mapping[int, Collection[str]]
    pack: Callable[[Any], tuple[str, bytes]]
    hear: Callable[[bytes], None]
    changed: Callable[[], None]
    missed: Callable[[], None]


class Line:
    """The line through one server. `cluster` is None where that is the only one.

    `connected` is whether it hears itself, `alone` whether nobody else hears it.
    """

    def __init__(
        self,
        ends: Ends,
        server: "aioredis.Redis",
        partitions: frozenset[int],
        cluster: Cluster | None = None,
    ) -> None:
        self._ends = ends
        self._server = server
        self._cluster = cluster
        self.partitions = partitions
        self._out: asyncio.Queue[Any] = asyncio.Queue(_LONGEST_QUEUE)
        self._new: set[str] = set()
        self._old: set[str] = set()
        self._changed = asyncio.Event()
        self._settled = True
        self._whole = False
        self.connected = False
        self.alone = False
        self.dropped = 0
        self._tasks = [
            asyncio.create_task(self._publish_for_ever(), name="hints out"),
            asyncio.create_task(self._listen_for_ever(), name="hints in"),
        ]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def publish(self, event: Any) -> None:
        """Hand an event on; dropped if the server does not take it in time."""
        try:
            self._out.put_nowait(event)
        except asyncio.QueueFull:
            self.dropped += 1

    def listen(self, name: str) -> None:
        self._old.discard(name)
        self._new.add(name)
        self._changed.set()

    def ignore(self, name: str) -> None:
        self._new.discard(name)
        self._old.add(name)
        self._changed.set()

    def hold(self, partitions: frozenset[int]) -> None:
        """These are the partitions that the server has, as it was just found out."""
        gained = partitions if not self._settled else partitions - self.partitions
        self.partitions, self._settled = partitions, True
        if gained:
            self._new.update(self._names_of(gained))
            self._changed.set()
            self._whole = False

    # -- out

    async def _publish_for_ever(self) -> None:
        while True:
            batch = [await self._out.get()]
            while len(batch) < _BIGGEST_CALL and not self._out.empty():
                batch.append(self._out.get_nowait())
            try:
                async with asyncio.timeout(1):
                    await self._publish([self._ends.pack(event) for event in batch])
            except (RedisError, OSError, TimeoutError) as error:
                self._drop(len(batch), error)
            except Exception as error:
                log.exception("hints could not be sent")
                self._drop(len(batch), error)

    async def _publish(self, batch: Sequence[tuple[str, bytes]]) -> None:
        if self._cluster is None:
            await _PUBLISH.run(self._ends.redis, *zip(*batch, strict=True))
            return
        calls: dict[int, tuple[list[str], list[bytes]]] = {}
        for name, text in batch:
            names, texts = calls.setdefault(slot_of(name), ([], []))
            names.append(name)
            texts.append(text)
        await _PUBLISH_SHARDED.run_all(self._ends.redis, list(calls.values()))

    def _drop(self, count: int, error: Exception) -> None:
        """Give up what waits as well: by the time Redis is back, the log has told it all."""
        while not self._out.empty():
            self._out.get_nowait()
            count += 1
        self.dropped += count
        log.debug("hints were dropped", error=repr(error), count=count)

    # -- in

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                await self._listen()
            except* (RedisError, OSError, TimeoutError) as broken:
                if self.connected:
                    log.warning("the link to redis broke", error=repr(broken.exceptions[0]))
            except* Exception:
                log.exception("the link to redis failed")
            self.connected = False
            self._ends.changed()
            self._doubt()
            await asyncio.sleep(0.25)

    async def _listen(self) -> None:
        """Follow the wanted channels until the link breaks or has been silent for too long."""
        ended = None if self._cluster is None else self._end
        subscriber = Subscriber(self._server, self._hear, ended)
        try:
            async with asyncio.timeout(2):
                await subscriber.open()
                await subscriber.subscribe([self._beat_of(min(self.partitions))])
            self._new, self._old = set(self._names_of(self.partitions)), set()
            self._changed.set()
            self._whole = False
            # Whichever of them fails ends the others, and all begin anew.
            async with asyncio.TaskGroup() as group:
                group.create_task(subscriber.listen(_SILENCE_S))
                group.create_task(self._keep_subscribed(subscriber))
                group.create_task(self._beat_for_ever())
        finally:
            with contextlib.suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await subscriber.close()

    def _hear(self, _channel: bytes, payload: bytes) -> None:
        if not self._whole:
            self._whole = self.connected = True
            self._ends.changed()
            self._ends.missed()
        # Most of what an instance hears it has said itself, and delivered long ago.
        if payload.startswith(self._ends.signature):
            return
        self.alone = False
        if len(payload) > len(self._ends.signature):
            self._ends.hear(payload)

    def _end(self, name: bytes | None) -> None:
        """A subscription has ended: because we asked for it, or because its slot has moved."""
        if name is None or self._is_wanted(name.decode()):
            self._settled = False
            self._doubt()

    def _is_wanted(self, name: str) -> bool:
        partition = keys.PARTITION_AT[slot_of(name)]
        return name in self._ends.wanted.get(partition, ()) or name == self._beat_of(partition)

    async def _beat_for_ever(self) -> None:
        while True:
            with contextlib.suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(1):
                    heard_by = await self._beat()
                    # This instance hears itself, if its link stands.
                    self.alone = self.connected and heard_by <= 1
            await asyncio.sleep(_BEAT_S)

    async def _beat(self) -> int:
        """Be heard by all instances that have a line through the same server; how many did."""
        channel = self._beat_of(min(self.partitions))
        command = "PUBLISH" if self._cluster is None else "SPUBLISH"
        heard_by: int = await call(self._ends.redis, command, channel, self._ends.signature)
        return heard_by

    async def _keep_subscribed(self, subscriber: Subscriber) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            new, self._new = self._new, set()
            old, self._old = self._old, set()
            if new:
                await subscriber.subscribe(new)
            if old:
                await subscriber.unsubscribe(old)

    # -- names

    def _names_of(self, partitions: Iterable[int]) -> list[str]:
        """All that is to be heard of these partitions. The beat of each is, since it may be that
        of an instance that sees the primaries otherwise, or of this one a moment later."""
        partitions = list(partitions)
        wanted = [name for one in partitions for name in self._ends.wanted.get(one, ())]
        return wanted + list({self._beat_of(one) for one in partitions})

    def _beat_of(self, partition: int) -> str:
        return keys.heartbeat_channel(self._ends.epoch, partition if self._cluster else 0)

    def _doubt(self) -> None:
        if self._cluster is not None:
            self._cluster.doubt()
