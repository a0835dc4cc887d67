"""Hints through Redis: committed events hurry to the instances that have listeners for them.

Nothing depends on a hint: a lost one is found by the position check, and while Redis is away
events arrive by that check alone. So publishing never waits and never fails its caller.
"""

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import redis.asyncio as aioredis
import structlog
from redis.exceptions import RedisError

from storage import keys
from storage.cache import Redis
from storage.channels import ChannelEvent
from storage.cluster import Address, Cluster
from storage.lines import Ends, Line

log = structlog.get_logger(__name__)

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
    instance's own included. `missed` is called after a link was away, or its channels have moved.
    `connected` is whether all of Redis is heard.
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
        self._signature = secrets.token_bytes(8)
        self._wanted: dict[int, set[str]] = {}
        self._ends = Ends(
            client,
            epoch,
            self._signature,
            self._wanted,
            self._pack,
            self._take,
            self._look_at_lines,
            missed,
        )
        self._lines: dict[Address | None, Line] = {}
        # By partition, where there are several.
        self._line_of: dict[int, Line] = {}
        self._only: Line | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._lost = 0
        self.connected = False

    @property
    def dropped(self) -> int:
        """How many events were not sent."""
        return self._lost + sum(line.dropped for line in self._lines.values())

    def start(self) -> None:
        self._do(self._keep_lines())

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(line.close() for line in self._lines.values()))

    def publish(self, events: "Sequence[ChannelEvent | Ephemeral]") -> None:
        """Hand events on; those that Redis does not take in time are dropped.

        While no other instance is there, there is nobody to tell.
        """
        for event in events:
            line = self._only or self._line_of.get(keys.partition_of(event.channel))
            if line is None:
                self._lost += 1
            elif not line.alone:
                line.publish(event)

    def listen(self, channel: str) -> None:
        """Receive the channel's events from soon on."""
        partition, name = self._place_of(channel)
        self._wanted.setdefault(partition, set()).add(name)
        if line := self._only or self._line_of.get(partition):
            line.listen(name)

    def ignore(self, channel: str) -> None:
        """Receive them no more."""
        partition, name = self._place_of(channel)
        self._wanted.get(partition, set()).discard(name)
        if line := self._only or self._line_of.get(partition):
            line.ignore(name)

    def _place_of(self, channel: str) -> tuple[int, str]:
        return keys.partition_of(channel), keys.hint_channel(self._epoch, channel)

    # -- what the lines ask

    def _pack(self, event: ChannelEvent | Ephemeral) -> tuple[str, bytes]:
        name = keys.hint_channel(self._epoch, event.channel)
        return name, self._signature + encode_event(event)

    def _take(self, payload: bytes) -> None:
        try:
            event = decode_event(payload[len(self._signature) :])
        except ValueError as error:
            # From an instance of another version, perhaps; the log has it as well.
            log.warning("a hint could not be read", error=repr(error))
            return
        self._receive(event)

    def _look_at_lines(self) -> None:
        held = sum(len(line.partitions) for line in self._lines.values())
        whole = held == keys.PARTITIONS
        self.connected = whole and all(line.connected for line in self._lines.values())

    # -- which lines there are

    async def _keep_lines(self) -> None:
        """A line to the only server, or one to each primary of a Cluster, as they come and go."""
        cluster = await self._find_cluster()
        if cluster is None:
            self._only = Line(self._ends, self._redis, frozenset(keys.SLOTS))
            self._lines[None] = self._only
            return
        while True:
            self._arrange(cluster, cluster.owners(keys.SLOTS))
            await cluster.looked()

    async def _find_cluster(self) -> Cluster | None:
        while isinstance(self._redis, Redis):
            try:
                return await self._redis.find_cluster()
            except (RedisError, OSError, TimeoutError):
                await asyncio.sleep(0.25)
        return None

    def _arrange(self, cluster: Cluster, held: Mapping[Address, frozenset[int]]) -> None:
        for address in [one for one in self._lines if one not in held]:
            line = self._lines.pop(address)
            self._lost += line.dropped
            self._do(line.close())
        for owner, partitions in held.items():
            if (known := self._lines.get(owner)) is not None:
                known.hold(partitions)
            else:
                server = cluster.client_at(owner)
                self._lines[owner] = Line(self._ends, server, partitions, cluster)
        self._line_of = {
            partition: self._lines[owner] for owner, some in held.items() for partition in some
        }
        self._look_at_lines()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="lines of hints")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
