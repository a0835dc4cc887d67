"""Hints through Redis: committed events hurry to the instances that have listeners for them.

Nothing depends on a hint: a lost one is found by the position check, and while Redis is away
events arrive by that check alone. So publishing never waits and never fails its caller.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import redis.asyncio as aioredis
import structlog
from redis.exceptions import RedisError

from storage import keys
from storage.channels import ChannelEvent
from storage.pubsub import Subscriber

log = structlog.get_logger(__name__)

_PUBLISH = (Path(__file__).parent / "lua" / "publish.lua").read_text(encoding="utf-8")
_BIGGEST_CALL = 200
_LONGEST_QUEUE = 20_000
_SILENCE_S = 3.0
_BEAT_S = 1.0
_encode = msgspec.json.encode
_decode: "msgspec.json.Decoder[tuple[str, int | None, datetime, str, str]]" = msgspec.json.Decoder(
    tuple[str, int | None, datetime, str, str]
)


@dataclass(frozen=True, slots=True)
class Ephemeral:
    """An event that is in no log: whoever does not get it now never will."""

    channel: str
    at: datetime
    type: str
    data: str


def encode_event(event: ChannelEvent | Ephemeral) -> bytes:
    """The event as it travels between instances."""
    seq = event.seq if isinstance(event, ChannelEvent) else None
    return _encode((event.channel, seq, event.at, event.type, event.data))


def decode_event(text: bytes) -> ChannelEvent | Ephemeral:
    """What an instance has sent."""
    channel, seq, at, kind, data = _decode.decode(text)
    if seq is None:
        return Ephemeral(channel, at, kind, data)
    return ChannelEvent(channel, seq, at, kind, data)


class Hints:
    """Publishes committed events and receives those of the channels listened to.

    `receive` is called with every event of such a channel, in no guaranteed order, this
    instance's own included. `missed` is called after the link was away.
    """

    def __init__(
        self,
        client: "aioredis.Redis",
        epoch: str,
        receive: Callable[[ChannelEvent | Ephemeral], None],
        missed: Callable[[], None],
    ) -> None:
        self._redis = client
        self._epoch = epoch
        self._receive = receive
        self._missed = missed
        self._instance = secrets.token_hex(8)
        self._script = client.register_script(_PUBLISH)
        self._out: asyncio.Queue[ChannelEvent | Ephemeral] = asyncio.Queue(_LONGEST_QUEUE)
        self._signature = bytes.fromhex(self._instance)
        self._wanted: set[str] = set()
        self._new: set[str] = set()
        self._old: set[str] = set()
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._alone = False
        self.connected = False
        self.dropped = 0

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._publish_for_ever(), name="hints out"),
            asyncio.create_task(self._listen_for_ever(), name="hints in"),
        ]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def publish(self, events: "Sequence[ChannelEvent | Ephemeral]") -> None:
        """Hand events on; those that Redis does not take in time are dropped.

        While no other instance is there, there is nobody to tell.
        """
        if self._alone:
            return
        for event in events:
            try:
                self._out.put_nowait(event)
            except asyncio.QueueFull:
                self.dropped += 1

    def listen(self, channel: str) -> None:
        """Receive the channel's events from soon on."""
        name = keys.hint_channel(self._epoch, channel)
        self._wanted.add(name)
        self._old.discard(name)
        self._new.add(name)
        self._changed.set()

    def ignore(self, channel: str) -> None:
        """Receive them no more."""
        name = keys.hint_channel(self._epoch, channel)
        self._wanted.discard(name)
        self._new.discard(name)
        self._old.add(name)
        self._changed.set()

    async def _publish_for_ever(self) -> None:
        while True:
            batch = [await self._out.get()]
            while len(batch) < _BIGGEST_CALL and not self._out.empty():
                batch.append(self._out.get_nowait())
            names = [keys.hint_channel(self._epoch, event.channel) for event in batch]
            texts = [self._signature + encode_event(event) for event in batch]
            try:
                async with asyncio.timeout(1):
                    await self._script(keys=names, args=texts)
            except (RedisError, OSError, TimeoutError) as error:
                self._drop(len(batch), error)
            except Exception as error:
                log.exception("hints could not be sent")
                self._drop(len(batch), error)

    def _drop(self, count: int, error: Exception) -> None:
        """Give up what waits as well: by the time Redis is back, the log has told it all."""
        while not self._out.empty():
            self._out.get_nowait()
            count += 1
        self.dropped += count
        log.debug("hints were dropped", error=repr(error), count=count)

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
            await asyncio.sleep(0.25)

    async def _listen(self) -> None:
        """Follow the wanted channels until the link breaks or has been silent for too long."""
        heartbeat = keys.heartbeat_channel(self._epoch)
        subscriber = Subscriber(self._redis, self._hear)
        try:
            async with asyncio.timeout(2):
                await subscriber.open()
                await subscriber.subscribe([heartbeat])
            self._new, self._old = set(self._wanted), set()
            self._changed.set()
            # Whichever of them fails ends the others, and all begin anew.
            async with asyncio.TaskGroup() as group:
                group.create_task(subscriber.listen(_SILENCE_S))
                group.create_task(self._keep_subscribed(subscriber))
                group.create_task(self._beat_for_ever(heartbeat))
        finally:
            with contextlib.suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await subscriber.close()

    def _hear(self, _channel: bytes, payload: bytes) -> None:
        if not self.connected:
            self.connected = True
            self._missed()
        # Most of what an instance hears it has said itself, and delivered long ago.
        if payload.startswith(self._signature):
            return
        self._alone = False
        if len(payload) > len(self._signature):
            self._take(payload[len(self._signature) :])

    def _take(self, text: bytes) -> None:
        try:
            event = decode_event(text)
        except ValueError as error:
            # From an instance of another version, perhaps; the log has it as well.
            log.warning("a hint could not be read", error=repr(error))
            return
        self._receive(event)

    async def _beat_for_ever(self, heartbeat: str) -> None:
        while True:
            with contextlib.suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(1):
                    heard_by = await self._redis.publish(heartbeat, self._signature)
                    # This instance hears itself, if its link stands.
                    self._alone = self.connected and heard_by <= 1
            await asyncio.sleep(_BEAT_S)

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
