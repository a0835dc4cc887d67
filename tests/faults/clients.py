"""Clients as careful as the protocol asks: they keep their place by `seq`, come back by it after
every loss, and take down each gap, double and reorder.

Many of them fit in one process: frames are parsed by picows, and of an event only what the place
needs is looked at, unless a `Ledger` compares what all of them were told.
"""

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import picows

from tests.faults.wires import Gone, Refused, Wire
from tests.support.product import Person

PATIENCE_S = 60.0
_encode = msgspec.json.encode
_decode = msgspec.json.decode


class _Envelope(msgspec.Struct):
    """What a client looks at in every event."""

    channel: str = ""
    epoch: str = ""
    seq: int | None = None
    at: str = ""
    data: msgspec.Raw = msgspec.Raw(b"null")


_envelope = msgspec.json.Decoder(tuple[str, _Envelope])


class Ledger:
    """What each channel's events were, by the first client that was told; `wrong` are the others
    that were told something else."""

    def __init__(self) -> None:
        self.told: dict[tuple[str, int], tuple[str, str, bytes]] = {}
        self.wrong: list[tuple[str, int]] = []

    def compare(self, channel: str, seq: int, event: str, at: str, data: bytes) -> None:
        told = (event, at, _encode(_decode(data), order="deterministic"))
        if self.told.setdefault((channel, seq), told) != told:
            self.wrong.append((channel, seq))


@dataclass(slots=True)
class Place:
    """Where a client is in a channel."""

    epoch: str
    seq: int


@dataclass(slots=True)
class Faults:
    """What must not happen, counted over all of a client's connections."""

    gaps: int = 0
    doubles: int = 0
    reorders: int = 0

    @property
    def any(self) -> int:
        return self.gaps + self.doubles + self.reorders


class Client:
    """Somebody's client: one connection at a time, to any of the instances, and its places.

    `heard` counts durable events; `faults` what must not happen; `recovered` and `snapshots` how
    it came back; `told` is called with (event name, envelope) of every event.
    """

    def __init__(
        self,
        person: Person,
        ledger: Ledger | None = None,
        told: Callable[[str, _Envelope], None] | None = None,
    ) -> None:
        self.person = person
        self.token = person.token
        self.places: dict[str, Place] = {}
        self.heard: Counter[str] = Counter()
        self.faults = Faults()
        self.recovered = 0
        self.snapshots = 0
        self.closings: list[Any] = []
        self.close_codes: list[int] = []
        self.names: list[str] = []
        self._ledger = ledger
        self._told = told
        self._wire: Wire | None = None
        self._news: asyncio.Event = asyncio.Event()
        # Events that came before the answer that says from where on they count.
        self._early: dict[str, list[tuple[str, _Envelope]]] = {}

    @property
    def user_channel(self) -> str:
        return f"user:{self.person.id}"

    @property
    def connected(self) -> bool:
        return self._wire is not None and not self._wire.ended.is_set()

    async def open(self, url: str) -> None:
        """Connect, and take up again every channel from where it was left. Raises Gone, Refused,
        OSError or TimeoutError."""
        mine = set(self.places)
        async with asyncio.timeout(PATIENCE_S):
            _, wire = await picows.ws_connect(
                lambda: Wire(self),
                url.replace("http://", "ws://") + "/socket.io/?EIO=4&transport=websocket",
                websocket_handshake_timeout=PATIENCE_S,
            )
            if wire is None:  # picows's word for one that ended with its handshake
                raise Gone("the connection ended")
            self._wire = wire
            try:
                await wire.ready
                for channel in mine:
                    await self.follow(channel)
            except BaseException:
                self.kick()
                raise

    async def stay(self, urls: Callable[[], list[str]], dice: Any) -> None:
        """Come back whenever the connection is lost, to any of these; until cancelled."""
        while True:
            if not self.connected:
                try:
                    await self.open(dice.choice(urls()))
                except (OSError, TimeoutError, Refused, picows.WSError, IndexError):
                    await asyncio.sleep(dice.uniform(0.05, 0.4))
                    continue
            assert self._wire is not None
            await self._wire.ended.wait()

    async def follow(self, channel: str) -> Any:
        """Subscribe from where it is, or from now on; the answer."""
        place = self.places.get(channel)
        payload: dict[str, Any] = {"channel": channel}
        if place is not None:
            payload |= {"epoch": place.epoch, "seq": place.seq}
        self._early.setdefault(channel, [])
        answer = await self.do("channel:subscribe", payload)
        self._take(channel, place, answer)
        return answer

    def _take(self, channel: str, place: Place | None, answer: Any) -> None:
        """Apply an answer to a subscription: what was missed, or a snapshot."""
        early = self._early.pop(channel, [])
        if answer["recovered"]:
            assert place is not None
            self.recovered += 1
            for event in answer["events"]:
                data = _encode(event["data"])
                self._apply(channel, event["event"], event["seq"], event["at"], data)
            if self.places[channel].seq != answer["seq"]:
                self.faults.gaps += 1
        elif place is not None:
            self.snapshots += 1
        self.places[channel] = Place(answer["epoch"], answer["seq"])
        for name, envelope in early:
            # One's own channel is followed from the first moment on: what came since then is in the
            # answer once more, which begins at the earlier place.
            if channel != self.user_channel or (envelope.seq or 0) > answer["seq"]:
                self._place(name, envelope)

    async def call(self, event: str, payload: Any, patience_s: float = PATIENCE_S) -> Any:
        """The whole ack. Raises Gone, or TimeoutError."""
        wire = self._wire
        if wire is None or wire.ended.is_set():
            raise Gone("not connected")
        wire.number += 1
        number = wire.number
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        wire.acks[number] = answer
        wire.text(f"42{number}".encode() + _encode([event, payload]))
        async with asyncio.timeout(patience_s):
            return _decode(await answer)[0]

    async def do(self, event: str, payload: Any) -> Any:
        """The data of an ack. Raises Refused, Gone or TimeoutError."""
        ack = await self.call(event, payload)
        if not ack["ok"]:
            raise Refused(ack["error"]["code"], ack)
        return ack["data"]

    async def command(self, event: str, **payload: Any) -> Any:
        """The data of a command's ack, asked for by the same id as long as it is `unavailable`."""
        return await self.ask(event, {"command_id": str(uuid.uuid4()), **payload})

    async def ask(self, event: str, payload: Any) -> Any:
        """The data of an ack, asked for again as long as it is `unavailable`."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    return await self.do(event, payload)
                except Refused as refused:
                    if refused.code != "unavailable":
                        raise
                await asyncio.sleep(0.2)

    def hear(self, wire: Wire, packet: bytes) -> None:
        name, envelope = _envelope.decode(packet[2:])
        if self._told is not None:
            self._told(name, envelope)
        if envelope.channel and envelope.seq is not None and envelope.at:
            if envelope.channel in self._early:
                self._early[envelope.channel].append((name, envelope))
            else:
                self._place(name, envelope)
        elif name == "connection:ready":
            self._begin(packet)
            if not wire.ready.done():
                wire.ready.set_result(None)
        elif name == "connection:closing":
            self.closings.append(_decode(packet[2:])[1])
        self.names.append(name)
        self._news.set()

    def _begin(self, packet: bytes) -> None:
        """Where one's own channel is; an earlier place in it is kept, and asked for by `open`."""
        for channel in _decode(packet[2:])[1]["channels"]:
            if channel["channel"] in self.places:
                self._early.setdefault(channel["channel"], [])
            else:
                self.places[channel["channel"]] = Place(channel["epoch"], channel["seq"])

    def _place(self, name: str, envelope: _Envelope) -> None:
        """An event of the live connection: the next one, or a fault."""
        assert envelope.seq is not None
        place = self.places.get(envelope.channel)
        if place is None:  # of a room that was entered without keeping a place in it
            return
        if place.epoch != envelope.epoch:
            self.faults.reorders += 1
            return
        if envelope.seq <= place.seq:
            self.faults.doubles += 1
            return
        if envelope.seq > place.seq + 1:
            self.faults.gaps += 1
        self._apply(envelope.channel, name, envelope.seq, envelope.at, bytes(envelope.data))

    def _apply(self, channel: str, name: str, seq: int, at: str, data: bytes) -> None:
        self.places[channel].seq = seq
        self.heard[channel] += 1
        if self._ledger is not None:
            self._ledger.compare(channel, seq, name, at, data)

    async def until(self, what: Callable[[], bool], within_s: float = PATIENCE_S) -> float:
        """The seconds until it is so, looked at with every event. Raises TimeoutError."""
        began = time.monotonic()
        async with asyncio.timeout(within_s):
            while not what():
                self._news.clear()
                await self._news.wait()
        return time.monotonic() - began

    async def until_seq(self, channel: str, seq: int, within_s: float = PATIENCE_S) -> float:
        return await self.until(lambda: self.places[channel].seq >= seq, within_s)

    def on_end(self, wire: Wire) -> None:
        self._early.clear()
        self._news.set()

    async def ended(self, within_s: float = PATIENCE_S) -> float:
        """The seconds until the server has ended the connection."""
        assert self._wire is not None
        began = time.monotonic()
        async with asyncio.timeout(within_s):
            await self._wire.ended.wait()
        return time.monotonic() - began

    def kick(self) -> None:
        """Lose the connection, without a word to anybody."""
        if self._wire is not None and self._wire.transport is not None:
            self._wire.transport.disconnect(graceful=False)

    async def close(self) -> None:
        if self._wire is not None:
            self.kick()
            await self._wire.ended.wait()


async def open_all(clients: list[Client], urls: list[str], at_once: int = 64) -> None:
    """Connect them, a few at a time, to these addresses in turn."""
    gate = asyncio.Semaphore(at_once)

    async def one(number: int, client: Client) -> None:
        async with gate:
            await client.open(urls[number % len(urls)])

    await asyncio.gather(*(one(*numbered) for numbered in enumerate(clients)))


async def close_all(clients: list[Client]) -> None:
    for client in clients:
        await client.close()
